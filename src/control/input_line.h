/* SPDX-License-Identifier: MIT */
/* input_line: recognises lines that are no commands. */
#ifndef CONTROL_INPUT_LINE_H
#define CONTROL_INPUT_LINE_H

#include <stddef.h>

/* Returns how many bytes a line such as "{123}" announces; 0 for any other line. */
size_t input_line_counted(const char *line, size_t len);
/* Returns 1 for an empty line and for a comment, which begins with # or !. */
int input_line_says_nothing(const char *line, size_t len);

#endif
