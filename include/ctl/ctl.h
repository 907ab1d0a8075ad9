/* SPDX-License-Identifier: MIT */
/* ctl: a program's connection to the agent's control socket: lines and bodies out, blocks in
 * (docs/terminal.md, "For programs").
 *
 * The socket may block or not, as the caller chooses when connecting. libsealpost puts this into other
 * people's programs: so it includes no other component, never aborts, prints nothing and keeps no state of
 * its own. One connection belongs to one thread at a time. Failures are -1 with errno. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "ctl/ctl_reader.h"

#include <stddef.h>

/* The first line of every connection: asks for framing, without which answers cannot be told apart. It is
 * answered like any line. */
#define CTL_GREETING "xPreferences framing on\n"

struct ctl {
	int fd; /* -1: not connected. For poll, and for sending without waiting */
	struct ctl_reader reader;
};

/* Not connected; a block of more than block_max bytes will come in parts. */
void ctl_init(struct ctl *c, size_t block_max);
/* Connects to the socket at path; sends nothing. flags: 0, or SOCK_NONBLOCK. errno is that of socket(2) or
 * connect(2), and ENAMETOOLONG for a path that does not fit into an address. What an earlier connection
 * left behind is forgotten. */
int ctl_connect(struct ctl *c, const char *path, int flags);
/* Closes the connection and frees what was received. */
void ctl_close(struct ctl *c);

/* For a blocking socket: sends all of it, waiting as long as that takes. EPIPE: the agent has closed the
 * connection. */
int ctl_send(struct ctl *c, const void *data, size_t len);
/* As ctl_send: a body of len bytes, announced by its length, so that nothing in it can be taken for its
 * end. */
int ctl_send_body(struct ctl *c, const void *data, size_t len);
/* Tells the agent that no more lines will come. Answers still do, and CTL_ENDED behind the last one. */
void ctl_end(struct ctl *c);

/* Receives once, after which ctl_take is to be called until it gives 0. 1: something came; 0: a
 * non-blocking socket has nothing now; -1: the connection has ended (errno 0 when the agent closed it in
 * order), and ctl_take gives CTL_CLOSED behind the last block. */
int ctl_fill(struct ctl *c);
/* The next block of what was received: 1, or 0 when none is complete. It is borrowed until the next call. */
int ctl_take(struct ctl *c, struct ctl_block *ret);
/* For a blocking socket: waits for the next block. */
void ctl_next(struct ctl *c, struct ctl_block *ret);

#endif
