/* SPDX-License-Identifier: MIT */
/* shell_words: words of a shell's command line become a line as it would be typed at the agent's terminal. */
#ifndef CLI_SHELL_WORDS_H
#define CLI_SHELL_WORDS_H

#include "base/buf.h"

/* Joins the words to a line, and puts the quotes back that the shell has taken away where the agent needs
 * them. */
void shell_words_to_line(char *const *words, size_t n, struct buf *line);
/* Adds the value to the line, between quotes. */
void shell_words_add_quoted(const char *value, size_t len, struct buf *line);

#endif
