/* SPDX-License-Identifier: MIT */
/* link: a connection to the agent, set up as the program's options say; what it is sent comes from
 * standard input, and what it refuses is told on standard error. */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include "base/buf.h"
#include "cli/cli.h"
#include "ctl/ctl.h"

#include <stdio.h>

/* The longest body or document that is sent. */
enum { LINK_BODY_MAX = 4 << 20, LINK_REASON_MAX = 8192 };

/* Connects, and sends the lines that set the session up; *ret_lines, which may be NULL, is how many those
 * were: the agent counts them. 0, or an exit status; then standard error was told why. */
int link_open(const struct cli_options *o, struct ctl *ret, unsigned long *ret_lines);
/* Reads all of standard input into an empty buffer, which is initialised here and is the caller's to free.
 * 0, or an exit status; then standard error was told why. */
int link_read_input(struct buf *in);
/* Writes an answer without the lines that only separate answers from each other: ** end, OK, ERROR, and empty
 * ones. */
void link_write_answer(FILE *out, const char *text, size_t len);

#endif
