/* SPDX-License-Identifier: MIT */
/* shell_words: makes a line, as it would be typed at the agent's terminal, of the words of a shell's command
 * line. */
#ifndef CLI_SHELL_WORDS_H
#define CLI_SHELL_WORDS_H

#include "base/buf.h"

/* Joins the words to a line, and adds quotes, which the shell has removed, where the agent needs them. */
void shell_words_to_line(char *const *words, size_t n, struct buf *line);
/* Appends the value to the line, in quotes. */
void shell_words_add_quoted(const char *value, size_t len, struct buf *line);

#endif
