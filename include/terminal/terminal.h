/* SPDX-License-Identifier: MIT */
/* terminal: sessions on the control socket: one line in, lines out (wire-formats.md 4). */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include "agent/agent.h"
#include "base/buf.h"
#include "base/err.h"

enum {
	TERMINAL_LINE_MAX = 64 << 10,
	TERMINAL_BODY_MAX = 4 << 20,
	TERMINAL_SESSIONS_MAX = 256,
	TERMINAL_OUTPUT_MAX = 8 << 20
};

struct terminal;

struct terminal_options {
	struct agent *agent; /* borrowed */
	const char *path;  /* the control socket; a stale one is replaced, a live one refused (ERR_EXISTS) */
	const char *group; /* its group, NULL to leave it; mode 0660 */
	/* Where the listening socket is kept from one terminal to the next, -1 before the first: who connects
	 * while the agent starts anew waits and is served. Its owner closes it and removes the file. NULL:
	 * the terminal does both itself. */
	int *kept;
};
int terminal_new(const struct terminal_options *o, struct terminal **ret, struct err *e);
/* Says goodbye to every session, removes the socket unless it is kept. */
void terminal_free(struct terminal *t);

/* Begins a session on a connected stream socket (taken, not blocking), with the rights that its peer has. */
void terminal_adopt(struct terminal *t, int fd);

/* Tells the settings which commands there are, for lists of names (settings_know_commands). Once, before
 * settings are read. */
void terminal_register_names(void);

/* docs/commands.md, from the rows of the command table and the agent's status rows. */
void terminal_print_markdown(struct buf *out);

#endif
