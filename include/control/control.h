/* SPDX-License-Identifier: MIT */
/* terminal: sessions on the control socket: one line in, lines out (wire-formats.md 4). */
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
	/* Where the listening socket is kept from one terminal to the next, -1 before the first: who connects
	 * while the agent starts anew waits and is served. Its owner closes it and removes the file. NULL:
	 * the terminal does both itself. */
	int *kept;
};
int control_new(const struct control_options *o, struct control **ret, struct err *e);
/* Says goodbye to every session, removes the socket unless it is kept. */
void control_free(struct control *t);

/* Begins a session on a connected stream socket (taken, not blocking), with the rights that its peer has. */
void control_adopt(struct control *t, int fd);

/* docs/commands.md: command_set_print_markdown with the verbs of sessions. */
void control_print_markdown(struct buf *out);

#endif
