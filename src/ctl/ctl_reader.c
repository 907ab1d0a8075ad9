/* SPDX-License-Identifier: MIT */
#include "ctl/ctl_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	MARK = 0x1e,    /* begins the line that ends a block */
	MARK_MAX = 128, /* maximum length of such a line in bytes; a longer one violates the protocol */
	CHUNK = 65536,
	STATUS_MAX = 255,
};

void ctl_reader_init(struct ctl_reader *r, size_t max)
{
	*r = (struct ctl_reader){ .max = max };
}

void ctl_reader_done(struct ctl_reader *r)
{
	if (r->data)
		explicit_bzero(r->data, r->size);
	free(r->data);
	ctl_reader_init(r, r->max);
}

/* Restores the byte after the block that was returned last, since that block is no longer in use. */
static void take_back(struct ctl_reader *r)
{
	if (r->has_replaced)
		r->data[r->begin] = r->replaced;
	r->has_replaced = 0;
}

/* Replaces the buffer by one of `size` bytes and wipes the old one. Returns 0, or -1 with errno. */
static int grow(struct ctl_reader *r, size_t size)
{
	char *data = malloc(size);
	if (!data)
		return -1;
	if (r->data) {
		memcpy(data, r->data, r->end);
		explicit_bzero(r->data, r->size);
		free(r->data);
	}
	r->data = data;
	r->size = size;
	return 0;
}

char *ctl_reader_room(struct ctl_reader *r, size_t *ret_len)
{
	take_back(r);
	if (r->has_ended) {
		errno = EPIPE;
		return NULL;
	}
	size_t kept = r->end - r->begin;
	if (r->begin)
		memmove(r->data, r->data + r->begin, kept);
	r->begin = 0;
	r->end = kept;
	if (kept >= r->max + CHUNK) {
		errno = ENOBUFS;
		return NULL;
	}
	if (r->size < kept + CHUNK / 4 && grow(r, 2 * kept + CHUNK) < 0)
		return NULL;
	*ret_len = r->size - kept - 1; /* leaves one byte for a NUL */
	return r->data + kept;
}

void ctl_reader_received(struct ctl_reader *r, size_t len)
{
	r->end += len;
}

void ctl_reader_end(struct ctl_reader *r)
{
	r->has_ended = 1;
}

static int status_of(const char *text, char **end)
{
	long status = strtol(text, end, 10);
	return status < 0 || status > STATUS_MAX ? EX_PROTOCOL : (int)status;
}

/* Reads the text after the mark, up to a NUL. */
static void read_mark(const char *mark, struct ctl_block *ret)
{
	char *end;
	ret->kind = CTL_PUSHED; /* for "-", and for kinds of marks that a later agent may send */
	if (*mark == '>') {
		ret->kind = CTL_BODY_WANTED;
	} else if (*mark == '.') {
		ret->kind = CTL_ENDED;
		ret->status = status_of(mark + 1, &end);
	} else if (*mark >= '0' && *mark <= '9') {
		ret->kind = CTL_ANSWER;
		ret->status = status_of(mark, &end);
		ret->number = strtoul(end, &end, 10);
		ret->is_secret = strncmp(end, " secret", 7) == 0;
	}
}

/* Returns len bytes as a block, and continues after `taken` bytes. */
static void hand_out(struct ctl_reader *r, size_t len, size_t taken, struct ctl_block *ret)
{
	ret->text = r->data + r->begin;
	ret->len = len;
	r->begin += taken;
	r->searched = 0;
	/* If a mark follows, its first byte is replaced by the NUL and not needed again; otherwise the
	 * replaced byte belongs to the next block. */
	r->has_replaced = len == taken;
	r->replaced = r->has_replaced && r->begin < r->end ? r->data[r->begin] : '\0';
	r->data[r->begin - taken + len] = '\0';
}

/* Returns the number of bytes of a too long block that are returned as a part: up to the last line feed, or
 * all. */
static size_t part_length(const char *text, size_t len)
{
	const char *last = memrchr(text, '\n', len);
	return last ? (size_t)(last - text) + 1 : len;
}

int ctl_reader_take(struct ctl_reader *r, struct ctl_block *ret)
{
	struct ctl_block b = { .kind = CTL_CLOSED, .text = "" };
	take_back(r);
	size_t len = r->end - r->begin;
	char *text = len ? r->data + r->begin : NULL;
	char *mark = len ? memchr(text + r->searched, MARK, len - r->searched) : NULL;
	size_t behind = mark ? len - (size_t)(mark - text) : 0; /* number of bytes from the mark on */
	char *line_end = mark ? memchr(mark, '\n', behind > MARK_MAX ? MARK_MAX + 1 : behind) : NULL;
	size_t before = len - behind;
	r->searched = before;
	if (line_end) {
		*line_end = '\0'; /* so that reading a number cannot continue in the next line */
		read_mark(mark + 1, &b);
		hand_out(r, before, (size_t)(line_end - text) + 1, &b);
	} else if (behind > MARK_MAX || r->has_ended) {
		r->has_ended = 1;
		if (len)
			hand_out(r, before, len, &b);
	} else if (len && len >= r->max && !mark) {
		b.kind = CTL_PART;
		len = part_length(text, len);
		hand_out(r, len, len, &b);
	} else {
		return 0;
	}
	*ret = b;
	return 1;
}
