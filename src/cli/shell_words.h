/* SPDX-License-Identifier: MIT */
/* shell_words: converts the words of a shell's command line to a line for the agent. */
#ifndef CLI_SHELL_WORDS_H
#define CLI_SHELL_WORDS_H

#include "base/buf.h"

/* Joins the words to a line, and restores the quotes, which the shell has removed, where the agent needs
 * them. */
void shell_words_to_line(char *const *words, size_t n, struct buf *line);
/* Appends the value to the line, in quotes. */
void shell_words_add_quoted(const char *value, size_t len, struct buf *line);

#endif
