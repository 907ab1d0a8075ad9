/* SPDX-License-Identifier: MIT */
/* line: the parts of a typed line: verb, the rest, the tag, the question mark (wire-formats.md 4.1). */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { LINE_WORDS_MAX = 96 };
enum line_ask { LINE_DO, LINE_HELP, LINE_HELP_ALL }; /* ends in nothing, ?, ?? */

struct line {
	char *text; /* a copy, yours to line_done; everything below points into it */
	size_t size;
	char *verb;      /* "" for an empty line */
	char *rest;      /* what follows the verb, without tag and question mark */
	char *result_id; /* | resultId="..."; NULL if there is none */
	enum line_ask ask;
};

/* Copies and cuts the line. ERR_INPUT: it holds control characters or bytes that are no UTF-8, or a quote is
 * not closed. */
int line_parse(const char *text, size_t len, struct line *ret, struct err *e);
/* Wipes and frees: a line may hold a secret. */
void line_done(struct line *l);

/* Cuts the rest of a configuration line at its colon; *value is NULL if there is none. An unquoted value goes
 * on to the end of the line, a quoted one has its escapes undone. Changes the line. */
int line_setting(struct line *l, char **path, char **value, struct err *e);

struct line_word {
	char *name;     /* what stood before a colon; NULL: a word of its own */
	uint32_t index; /* of Expression[2]: or Expression.2:; 0 if none */
	char *value;    /* the word, or what followed the colon; "" if nothing did */
	int quoted;
	size_t column; /* where it begins, from 1 */
};

/* Cuts the rest of a command line into words and "Name: value" pairs. Changes the line. */
int line_words(struct line *l, struct line_word *words, size_t *n, struct err *e);

#endif
