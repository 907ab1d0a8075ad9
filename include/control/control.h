/* SPDX-License-Identifier: MIT */
/* control: the control socket and its sessions: lines in, answers out (docs/terminal.md). */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "agent/agent.h"
#include "base/buf.h"
#include "base/err.h"

enum { CONTROL_LINE_MAX = 64 << 10, CONTROL_SESSIONS_MAX = 256, CONTROL_OUTPUT_MAX = 8 << 20 };

struct control;

struct control_options {
	struct agent *agent; /* borrowed */
	const char *path;  /* the control socket; a stale one is replaced, a live one refused (ERR_EXISTS) */
	const char *group; /* its group, NULL to leave it; mode 0660 */
	/* Where the listening socket is kept from one control to the next, -1 before the first: a client that
	 * connects while the agent begins anew waits and is served. The owner of the socket closes it and
	 * removes its file. NULL: control does both. */
	int *kept;
};
int control_new(const struct control_options *o, struct control **ret, struct err *e);
/* Ends all sessions, and removes the socket unless it is kept. NULL is fine. */
void control_free(struct control *t);

/* Begins a session on a connected stream socket (taken, not blocking), with the rights that its peer has. */
void control_adopt(struct control *t, int fd);

/* docs/commands.md: command_set_print_markdown with the verbs of sessions. */
void control_print_markdown(struct buf *out);

#endif
