/* SPDX-License-Identifier: MIT */
/* link: opens a connection to the agent and prepares the session according to the program's options; reads
 * bodies from standard input. Errors are printed on standard error. */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include "base/buf.h"
#include "cli/cli.h"
#include "ctl/ctl.h"

#include <stdio.h>

/* The longest body or document that is sent, and the longest answer, in bytes. */
enum { LINK_BODY_MAX = 4 << 20, LINK_ANSWER_MAX = 64 << 20, LINK_REASON_MAX = 8192 };

/* Connects, and sends the lines that prepare the session. *ret_lines (ret_lines may be NULL) gets the number
 * of these lines, since the agent counts them, too. Returns 0, or an exit status after printing the reason on
 * standard error. */
int link_open(const struct cli_options *o, struct ctl *ret, unsigned long *ret_lines);
/* A question of one of the program's words (config, apply), which is named in errors. */
struct link_question {
	const char *name;
	const struct buf *line; /* ends in LF */
	const struct buf *body; /* NULL: the command has no body */
};
struct link_answer {
	int status; /* the exit status */
	char *text; /* owned; NULL after an error */
	size_t len;
};
/* Connects, asks and disconnects. Returns 0, or an exit status after printing the reason on standard
 * error. */
int link_ask(const struct cli_options *o, const struct link_question *q, struct link_answer *ret);
/* Initialises the buffer, which the caller frees, and reads all of standard input into it; with
 * LINK_INPUT_TYPED, for a person at a terminal, a line with only a full stop ends the input. Returns 0, or an
 * exit status after printing the reason on standard error. */
enum link_input { LINK_INPUT_WHOLE, LINK_INPUT_TYPED };
int link_read_input(struct buf *in, enum link_input how);
/* Prints the reason for which the agent refused the command of this name on standard error. Returns
 * status. */
int link_show_refusal(const char *name, const char *text, int status);
/* Appends an answer without the lines that only separate answers from each other: ** end, OK, ERROR, and
 * empty lines. */
void link_add_answer(struct buf *out, const char *text, size_t len);

#endif
