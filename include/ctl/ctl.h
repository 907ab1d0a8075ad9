/* SPDX-License-Identifier: MIT */
/* ctl: a program's connection to the agent's control socket. It sends lines and bodies, and receives blocks
 * (docs/terminal.md, "For programs").
 *
 * The caller chooses when connecting whether the socket blocks. libsealpost brings this code into other
 * people's programs, so it includes no other component, never aborts, prints nothing and has no global state.
 * Only one thread at a time may use a connection. Functions that fail return -1 with errno. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "ctl/ctl_reader.h"

#include <stddef.h>

/* The first line of every connection: asks for framing, without which the end of an answer cannot be
 * recognised. It is answered like any line. */
#define CTL_GREETING "xPreferences framing on\n"

struct ctl {
	int fd; /* the socket, for poll and for sending without waiting; -1: not connected */
	struct ctl_reader reader;
};

/* Initialises a connection that is not connected yet. A block of more than block_max bytes will be returned
 * in parts. */
void ctl_init(struct ctl *c, size_t block_max);
/* Connects to the socket at path; sends nothing. flags: 0, or SOCK_NONBLOCK. Fails with errno of socket(2) or
 * connect(2), or ENAMETOOLONG if the path does not fit into an address. Bytes that an earlier connection
 * received are dropped. */
int ctl_connect(struct ctl *c, const char *path, int flags);
/* Closes the connection and frees what was received. */
void ctl_close(struct ctl *c);

/* For a blocking socket: sends all bytes, and waits as long as that takes. Fails with EPIPE if the agent has
 * closed the connection. */
int ctl_send(struct ctl *c, const void *data, size_t len);
/* As ctl_send: sends a body of len bytes with its length before it, so that nothing in the body can be
 * mistaken for its end. */
int ctl_send_body(struct ctl *c, const void *data, size_t len);
/* Ends the sending side of the connection: the agent sees that no more lines will be sent. Answers are still
 * received, and CTL_ENDED after the last one. */
void ctl_end(struct ctl *c);

/* Receives once; after this, call ctl_take until it returns 0. Returns 1 if bytes were received; 0 if a
 * non-blocking socket has none now; -1 if the connection has ended (with errno 0 if the agent closed it
 * normally), and ctl_take returns CTL_CLOSED after the last block. */
int ctl_fill(struct ctl *c);
/* Returns 1 and the next block that was received, or 0 if none is complete. The block is borrowed until the
 * next call. */
int ctl_take(struct ctl *c, struct ctl_block *ret);
/* For a blocking socket: waits for the next block. */
void ctl_next(struct ctl *c, struct ctl_block *ret);

#endif
