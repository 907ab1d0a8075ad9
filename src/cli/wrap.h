/* SPDX-License-Identifier: MIT */
/* wrap: writes lines to a terminal so that they break between words, and go on with a hanging indent. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* Returns the columns of the terminal on this descriptor; 0: it is no terminal, or does not say. */
size_t wrap_columns(int fd);

/* Where the text stands. */
struct wrap {
	FILE *out;
	size_t columns; /* of the terminal; 0: lines are never broken */
	size_t indent;  /* blanks before a line that goes on */
	size_t at;      /* the column that comes next, from 0 */
};
/* Writes the text, which has no line end. A word that is longer than a line is not broken. */
void wrap_write(struct wrap *w, const char *text, size_t len);
/* Ends the line. */
void wrap_end(struct wrap *w);

#endif
