/* SPDX-License-Identifier: MIT */
/* Whatever the agent's socket says: ctl's reader gives the same blocks in whatever pieces the bytes
 * arrive, and keeps no more than it may; a text that is quoted is read back; the reason and the values of
 * an answer have an end. The first byte gives the size of the pieces. */
#include "ctl/ctl_reader.h"
#include "ctl/ctl_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 600 };

/* Everything that came out: the text of all blocks, and behind each block a line about its end. */
struct seen {
	char *text;
	size_t len, blocks;
};

static void require(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void add(struct seen *s, const void *data, size_t len)
{
	memcpy(s->text + s->len, data, len);
	s->len += len;
}

static void note_block(struct seen *s, const struct ctl_block *b)
{
	char end[64];
	require(b->text[b->len] == '\0' && b->status >= 0 && b->status <= 255, "a block without sense");
	require(b->len > 0 || b->kind != CTL_PART, "a part without text");
	add(s, b->text, b->len);
	s->blocks++;
	if (b->kind != CTL_PART)
		add(s, end,
		    (size_t)snprintf(end, sizeof end, "[%d %d %lu %d]", b->kind, b->status, b->number,
				     b->is_secret));
}

static struct seen read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
	struct seen s = { .text = malloc(size * 33 + 64) };
	struct ctl_reader r;
	struct ctl_block b = { .kind = CTL_PART };
	ctl_reader_init(&r, MAX);
	for (size_t at = 0; b.kind != CTL_CLOSED;) {
		size_t room = 0, n = size - at < piece ? size - at : piece;
		char *to = n ? ctl_reader_room(&r, &room) : NULL;
		require(!n || (to && room), "no room, though everything was taken");
		n = n < room ? n : room;
		if (n) {
			memcpy(to, data + at, n);
			ctl_reader_received(&r, n);
		} else {
			ctl_reader_end(&r);
		}
		at += n;
		while (b.kind != CTL_CLOSED && ctl_reader_take(&r, &b))
			note_block(&s, &b);
		require(r.size < 4 * 65536 + 2 * MAX, "the buffer grows");
	}
	ctl_reader_done(&r);
	return s;
}

static void read_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *quoted = malloc(2 * size + 3), *at = text, reason[100];
	struct ctl_text_line l;
	memcpy(text, data, size);
	text[size] = '\0';
	size_t len = ctl_text_quote(text, strlen(text), quoted, 2 * size + 3);
	require(len < 2 * size + 3 && strlen(quoted) == len && !strpbrk(quoted, "\r\n"), "not quoted");
	ctl_text_unescape(quoted + 1, quoted + len - 1, quoted, len);
	require(strcmp(quoted, text) == 0, "what was quoted is not read back");
	ctl_text_reason(text, reason, sizeof reason);
	require(strlen(reason) < sizeof reason, "a reason without an end");
	while (ctl_text_next_line(&at, "*r ", &l))
		require(l.path < at && l.value < at + 1 && l.value + strlen(l.value) <= text + size,
			"a value outside its text");
	free(quoted);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct seen whole = read_in_pieces(data + 1, size - 1, 65536),
		    pieces = read_in_pieces(data + 1, size - 1, data[0] + 1u);
	require(whole.len == pieces.len && memcmp(whole.text, pieces.text, whole.len) == 0,
		"other pieces, other blocks");
	free(whole.text);
	free(pieces.text);
	read_text(data, size);
	return 0;
}
