/* SPDX-License-Identifier: MIT */
/* command_search: finds commands, settings and status values by a word in their names. */
#ifndef COMMAND_COMMAND_SEARCH_H
#define COMMAND_COMMAND_SEARCH_H

#include "base/buf.h"
#include "command/command.h"

/* Answers the line "xCommand //word" with the help of each command that has the word in its name or in the
 * name of a parameter; case does not matter. */
void search_commands(struct command *c, const char *word);
/* Appends a line for each command, setting and status value that has the word in its name. Returns the number
 * of lines. */
size_t search_names(const char *word, struct buf *out);

#endif
