/* SPDX-License-Identifier: MIT */
/* search: finds commands, settings and status values by a word in their names. */
#ifndef COMMAND_SEARCH_H
#define COMMAND_SEARCH_H

#include "base/buf.h"
#include "command/command.h"

/* The line "xCommand //word": the answer is the help of each command that has the word in its name or in
 * that of a parameter, in upper or lower case. */
void search_commands(struct command *c, const char *word);
/* Appends a line for each command, setting and status value that has the word in its name. Returns their
 * number. */
size_t search_names(const char *word, struct buf *out);

#endif
