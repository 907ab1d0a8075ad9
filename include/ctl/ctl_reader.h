/* SPDX-License-Identifier: MIT */
/* ctl_reader: splits the bytes that the agent sends into blocks, at the marks of xPreferences framing
 * (docs/terminal.md, "For programs"). It does not use sockets: the caller puts received bytes in and takes
 * complete blocks out. */
#ifndef CTL_CTL_READER_H
#define CTL_CTL_READER_H

#include <stddef.h>

enum ctl_kind {
	CTL_ANSWER,      /* the whole answer to one line */
	CTL_PUSHED,      /* feedback or a log line, which is not the answer to a line */
	CTL_BODY_WANTED, /* the line takes a body: it follows, counted or up to a line with only "." */
	/* everything has been answered and the agent ends the session; status 65: the input ended within a
	 * command */
	CTL_ENDED,
	CTL_PART, /* the beginning of a block that is longer than the reader may keep */
	/* the connection has ended; text: the bytes that were received last. All further blocks are of this
	 * kind, too */
	CTL_CLOSED,
};

/* The status of a command that was carried out and found a fault: its answer is no error. */
enum { CTL_FOUND_FAULT = 1 };

struct ctl_block { /* the text is borrowed until the next call of the reader */
	enum ctl_kind kind;
	const char *text; /* never NULL, ends in NUL; it may hold further NULs only if the agent sent some */
	size_t len;
	int status;           /* of CTL_ANSWER and CTL_ENDED: a number of sysexits.h, 0 for success */
	unsigned long number; /* of CTL_ANSWER: number of the input line that it answers, from 1 */
	int is_secret;        /* of CTL_ANSWER: the line contained a secret, so it must not be stored */
};

struct ctl_reader { /* private to ctl_reader.c */
	char *data;
	size_t begin, end; /* the received bytes that have not been returned yet */
	size_t searched, size, max;
	char replaced; /* the byte after the last returned block, which a NUL replaces */
	int has_replaced, has_ended;
};

/* Initialises an empty reader. A block of more than max bytes is returned in parts, so that the reader never
 * keeps more than max bytes and one chunk. Allocates nothing. */
void ctl_reader_init(struct ctl_reader *r, size_t max);
/* Wipes the received bytes, which may contain secrets, and frees the buffer; the reader is as after
 * ctl_reader_init. */
void ctl_reader_done(struct ctl_reader *r);

/* Returns where to write the next received bytes, at most *ret_len of them; then call ctl_reader_received
 * with their number. Returns NULL with errno: ENOMEM; ENOBUFS if complete blocks have not been taken before;
 * EPIPE after the end of the connection or an invalid mark. */
char *ctl_reader_room(struct ctl_reader *r, size_t *ret_len);
void ctl_reader_received(struct ctl_reader *r, size_t len);
/* To be called when no more bytes will be received. */
void ctl_reader_end(struct ctl_reader *r);

/* Returns 1 and the next block; 0, without changing *ret, if none is complete. If a part has a line feed, it
 * ends after one. */
int ctl_reader_take(struct ctl_reader *r, struct ctl_block *ret);

#endif
