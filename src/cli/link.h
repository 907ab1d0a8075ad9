/* SPDX-License-Identifier: MIT */
/* link: opens a connection to the agent and prepares the session according to the program's options; reads
 * bodies from standard input. Errors are printed on standard error. */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include "base/buf.h"
#include "cli/cli.h"
#include "ctl/ctl.h"

#include <stdio.h>

/* The longest body or document that is sent, in bytes. */
enum { LINK_BODY_MAX = 4 << 20, LINK_REASON_MAX = 8192 };

/* Connects, and sends the lines that prepare the session. *ret_lines (ret_lines may be NULL) gets the number
 * of these lines, since the agent counts them, too. Returns 0, or an exit status after printing the reason on
 * standard error. */
int link_open(const struct cli_options *o, struct ctl *ret, unsigned long *ret_lines);
/* Initialises the buffer, which the caller frees, and reads all of standard input into it; with
 * LINK_INPUT_TYPED, for a person at a terminal, a line with only a full stop ends the input. Returns 0, or an
 * exit status after printing the reason on standard error. */
enum link_input { LINK_INPUT_WHOLE, LINK_INPUT_TYPED };
int link_read_input(struct buf *in, enum link_input how);
/* Prints the reason for which the agent refused the command of this name on standard error. Returns
 * status. */
int link_show_refusal(const char *name, const char *text, int status);
/* Writes an answer without the lines that only separate answers from each other: ** end, OK, ERROR, and empty
 * lines. */
void link_write_answer(FILE *out, const char *text, size_t len);

#endif
