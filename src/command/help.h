/* SPDX-License-Identifier: MIT */
/* help: prints names in columns, for the answer to a question mark. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "base/buf.h"
#include "doc/doc.h"

/* Prints the names of d's children, four on each line; is_listed chooses which (NULL: all of them). */
void help_columns(const struct doc *d, int (*is_listed)(const struct doc *d), struct buf *out);

struct command;
struct command_row;
/* Appends the help of this row to the text of c's answer, short or long as c's line asks for it (? or ??). */
void help_row(struct command *c, const struct command_row *row);

#endif
