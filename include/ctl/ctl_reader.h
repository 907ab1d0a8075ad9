/* SPDX-License-Identifier: MIT */
/* ctl_reader: the bytes that the agent sends, cut into blocks by the marks of xPreferences framing
 * (docs/terminal.md, "For programs"). It knows nothing of sockets: whoever receives bytes puts them in,
 * and takes the blocks that are complete. */
#ifndef CTL_CTL_READER_H
#define CTL_CTL_READER_H

#include <stddef.h>

enum ctl_kind {
	CTL_ANSWER,      /* the whole answer to one line */
	CTL_PUSHED,      /* feedback or a log line, for which nobody asked just now */
	CTL_BODY_WANTED, /* the line takes a body: it follows, counted or up to a line with only "." */
	CTL_ENDED,       /* all was answered, the agent ends the session; status 65: input was cut off */
	CTL_PART,        /* the beginning of a block that is longer than the reader may keep */
	CTL_CLOSED,      /* the connection has ended; text: what came last. So is every further block */
};

struct ctl_block { /* the text is borrowed until the next call of the reader */
	enum ctl_kind kind;
	const char *text; /* never NULL, ends in NUL; it may hold further NULs only if the agent sent some */
	size_t len;
	int status;           /* of CTL_ANSWER and CTL_ENDED: by sysexits.h, 0 for success */
	unsigned long number; /* of CTL_ANSWER: which input line it answers, counted from 1 */
	int is_secret;        /* of CTL_ANSWER: the line held a secret, do not keep it */
};

struct ctl_reader { /* private to ctl_reader.c */
	char *data;
	size_t begin, end; /* what was received and not yet handed out */
	size_t searched, size, max;
	char replaced; /* the byte behind the block that was handed out, where a NUL stands now */
	int has_replaced, has_ended;
};

/* An empty reader. A block of more than max bytes is handed out in parts, so that no more than max and one
 * chunk are ever kept. Allocates nothing. */
void ctl_reader_init(struct ctl_reader *r, size_t max);
/* Frees the buffer; the reader is as after ctl_reader_init. What was received is wiped, since it may hold
 * secrets. */
void ctl_reader_done(struct ctl_reader *r);

/* Where the next bytes are to be written, at most *ret_len of them; ctl_reader_received counts them in.
 * NULL with errno: ENOMEM, ENOBUFS when complete blocks were not taken before, or EPIPE after the end,
 * which a mark that makes no sense is, too. */
char *ctl_reader_room(struct ctl_reader *r, size_t *ret_len);
void ctl_reader_received(struct ctl_reader *r, size_t len);
/* No more bytes will come. */
void ctl_reader_end(struct ctl_reader *r);

/* 1 and the next block; 0 when none is complete, and *ret is as it was. A part ends behind a line feed
 * where it has one. */
int ctl_reader_take(struct ctl_reader *r, struct ctl_block *ret);

#endif
