/* SPDX-License-Identifier: MIT */
/* line: the parts of a typed line: verb, the rest, the tag, the question mark (wire-formats.md 4.1). */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { LINE_WORDS_MAX = 96 };
enum line_ask { LINE_DO, LINE_HELP, LINE_HELP_ALL }; /* how the line ends: in neither, in ?, in ?? */

struct line {
	char *text; /* a copy of the line, freed by line_done; all pointers below point into it */
	size_t size;
	char *verb;      /* "" for an empty line */
	char *rest;      /* the text after the verb, without the resultId and the question mark */
	char *result_id; /* from | resultId="..."; NULL: there is none */
	enum line_ask ask;
};

/* Copies the line and splits it into its parts. Fails with ERR_INPUT if it holds control characters or
 * invalid UTF-8, or if a quote is not closed. */
int line_parse(const char *text, size_t len, struct line *ret, struct err *e);
/* Wipes the line, since it may hold a secret, and frees it. */
void line_done(struct line *l);

/* Splits the rest of a configuration line at its colon; *value is NULL if it has no colon. An unquoted value
 * extends to the end of the line; in a quoted one escapes are decoded. Changes the line. */
int line_setting(struct line *l, char **path, char **value, struct err *e);

struct line_word {
	char *name;     /* the name before a colon; NULL: the word has no name */
	uint32_t index; /* the 2 of Expression[2]: or Expression.2:; 0 if there is no index */
	char *value;    /* the word, or the value after the colon, which may be "" */
	int quoted;
	size_t column; /* where the word begins in the line; the first column is 1 */
};

/* Splits the rest of a command line into words and "Name: value" pairs. Changes the line. */
int line_words(struct line *l, struct line_word *words, size_t *n, struct err *e);

#endif
