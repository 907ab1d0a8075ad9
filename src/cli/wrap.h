/* SPDX-License-Identifier: MIT */
/* wrap: writes lines to a terminal so that they break between words and continue with a hanging indent. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* Returns the number of columns of the terminal on this descriptor; 0: it is no terminal, or its size is
 * unknown. */
size_t wrap_columns(int fd);

/* The state of the current line. */
struct wrap {
	FILE *out;
	size_t columns; /* of the terminal; 0: lines are never broken */
	size_t indent;  /* blanks at the beginning of a continued line */
	size_t at;      /* the next column, from 0 */
};
/* Writes the text, which has no line end. A word that is longer than a line is not broken. */
void wrap_write(struct wrap *w, const char *text, size_t len);
/* Ends the line. */
void wrap_end(struct wrap *w);

#endif
