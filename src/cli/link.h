/* SPDX-License-Identifier: MIT */
/* link: the program's connection to the agent: lines out, blocks of lines in (see src/control/session.h:
 * framing). */
#ifndef LINK_H
#define LINK_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

enum link_kind {
	LINK_ANSWER,      /* of a line: status, number, is_secret */
	LINK_PUSHED,      /* feedback, a log line */
	LINK_BODY_WANTED, /* the line wants a body, ended by "." or given by {length} */
	LINK_PARTED, /* everything was answered: the session ends; status tells whether the input was whole */
	LINK_CLOSED, /* the connection ended; text is what the agent said last */
};

struct link_block { /* borrowed until the next call */
	enum link_kind kind;
	const char *text;
	size_t len;
	int status;           /* sysexits */
	unsigned long number; /* of the input line */
	int is_secret;
};

struct link {
	int fd;
	struct buf in;
	size_t taken, seen;
	int eof;
};

/* Connects and asks for framing. ERR_NET with why; ERR_DENIED when this user may not. */
int link_open(struct link *l, const char *path, struct err *e);
void link_close(struct link *l);
/* All of it, waiting as long as that takes. */
int link_send(struct link *l, const void *data, size_t len, struct err *e);
/* No more is to be sent; answers still come. */
void link_end(struct link *l);
/* What has come: 1 a block, 0 none is complete. Reads nothing. */
int link_take(struct link *l, struct link_block *ret);
/* Reads once, waiting if nothing is there. */
void link_fill(struct link *l);
/* Waits for the next block. */
void link_next(struct link *l, struct link_block *ret);

#endif
