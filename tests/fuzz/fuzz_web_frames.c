/* SPDX-License-Identifier: MIT */
/* Frames as any WebSocket client may send them: the same messages come out however the bytes arrive, texts
 * are UTF-8, and after the end nothing is read. The first byte gives the size of the pieces. */
#include "../../src/web/frames.h"
#include "base/buf.h"
#include "base/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEN_MAX = 8 << 20 };

struct seen {
	struct buf sent, texts;
	struct frames *frames;
};

static void on_send(void *arg, const void *data, size_t len)
{
	struct seen *s = arg;
	buf_add(&s->sent, data, len);
}

/* Refuses messages of one length, in place of those for which there is no room. */
static int on_begun(void *arg, size_t len)
{
	(void)arg;
	return len == 5 ? -1 : 0;
}

static void on_text(void *arg, const char *text, size_t len)
{
	struct seen *s = arg;
	char *copy = malloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	assert(text_is_utf8(copy, len));
	buf_addf(&s->texts, "%zu:", len);
	buf_add(&s->texts, text, len);
	/* what the program does: it answers, and may close */
	frames_send_text(s->frames, copy, len < 100 && text_is_utf8(copy, len) ? len : 0);
	if (len == 3)
		frames_close(s->frames, FRAMES_POLICY, "three");
	free(copy);
}

static int read_in_pieces(const uint8_t *data, size_t size, size_t piece, struct seen *ret)
{
	int is_over = 0;
	buf_init(&ret->sent, SEEN_MAX);
	buf_init(&ret->texts, SEEN_MAX);
	ret->frames = frames_new(&(struct frames_handlers){ on_send, on_begun, on_text, ret });
	for (size_t at = 0; at < size && !is_over; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		is_over = frames_receive(ret->frames, data + at, n) < 0;
	}
	frames_free(ret->frames);
	return is_over;
}

/* Returns 1 if a frame that closes has been begun, going from head to head. */
static int has_close(const uint8_t *data, size_t size)
{
	enum { OPCODE = 0x0f, CLOSE = 8, LENGTH = 0x7f, MASK = 4 };
	while (size >= 2) {
		uint64_t len = data[1] & LENGTH;
		size_t more = len == 126 ? 2 : len == 127 ? 8 : 0, head = 2 + more + MASK;
		if ((data[0] & OPCODE) == CLOSE)
			return 1;
		if (size < head)
			return 0;
		if (more)
			len = 0;
		for (size_t i = 0; i < more; i++)
			len = len << 8 | data[2 + i];
		if (len > size - head)
			return 0;
		data += head + len;
		size -= head + (size_t)len;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, pieces;
	if (size < 2)
		return 0;
	int one = read_in_pieces(data + 1, size - 1, size, &whole),
	    many = read_in_pieces(data + 1, size - 1, 1 + data[0] % 64, &pieces);
	/* Of the reason in a close frame wslay passes over the first two bytes of each piece, so it sees
	 * sooner or later that one is no UTF-8. */
	assert(one == many || has_close(data + 1, size - 1));
	assert(whole.texts.len == pieces.texts.len);
	assert(!whole.texts.len || memcmp(whole.texts.data, pieces.texts.data, whole.texts.len) == 0);
	/* A ping just before a fault may be left unanswered, and which of two faults wslay names (1002, 1007)
	 * depends on the pieces; but it names one. */
	assert((!one || whole.sent.len >= 4) && (!many || pieces.sent.len >= 4));
	buf_done(&whole.sent);
	buf_done(&whole.texts);
	buf_done(&pieces.sent);
	buf_done(&pieces.texts);
	return 0;
}
