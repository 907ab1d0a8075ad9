/* SPDX-License-Identifier: MIT */
/* control: the control socket and its sessions, which read lines, run them as commands and write the answers
 * (docs/terminal.md). */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "agent/agent.h"
#include "base/buf.h"
#include "base/err.h"

enum { CONTROL_LINE_MAX = 64 << 10, CONTROL_SESSIONS_MAX = 256, CONTROL_OUTPUT_MAX = 8 << 20 };

struct control;

struct control_options {
	struct agent *agent; /* borrowed */
	/* path of the control socket; a socket file that a crash left is replaced; if another process listens
	 * on it, control_new fails with ERR_EXISTS */
	const char *path;
	/* the user as which sealpost-web runs: its sessions begin with no right except to log somebody in;
	 * NULL, or a user that the system does not have: there is no such user */
	const char *web_user;
	/* group that the socket file is given (mode 0660); NULL: the group is not changed */
	const char *group;
	/* Where the listening socket is kept while the agent restarts, so that a client that connects
	 * meanwhile is served afterwards; -1 before the first control. The caller closes it and removes its
	 * file at the end. NULL: control_free does both. */
	int *kept;
};
int control_new(const struct control_options *o, struct control **ret, struct err *e);
/* Ends all sessions, and removes the socket unless it is kept. NULL is allowed. */
void control_free(struct control *t);

/* Begins a session on a connected, non-blocking stream socket, which control owns from now on. The peer's
 * user and groups decide on its roles. */
void control_adopt(struct control *t, int fd);

/* Prints docs/commands.md: the output of command_set_print_markdown, and the verbs of sessions. */
void control_print_markdown(struct buf *out);

#endif
