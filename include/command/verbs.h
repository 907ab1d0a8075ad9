/* SPDX-License-Identifier: MIT */
/* verbs: the first words of lines (xCommand, xStatus ...), and the reading of short arguments behind them. */
#ifndef COMMAND_VERBS_H
#define COMMAND_VERBS_H

#include "command/command.h"

#include <stddef.h>

enum { VERBS_MAX = 32 };

/* Verbs in the order in which they are listed: by name, hidden ones last. */
struct verb_list { /* plain data */
	const struct verb *all[VERBS_MAX];
	size_t n;
};

/* This component's verbs and those of another table (NULL: none). */
void verbs_collect(struct verb_list *ret, const struct verb *more);

/* Runs the command's parsed line: its verb, or help. */
void verb_run(struct command *c);
/* By its whole name or, unless it is hidden, a unique beginning; NULL if there is none. */
const struct verb *verb_find(const struct verb_list *l, const char *word);
/* Does a body follow this line, when none came with it? */
int verb_wants_body(const struct command_set *set, const char *line, size_t len);
/* Need this line not wait for the answers of those before it? */
int verb_is_pipelined(const struct command_set *set, const char *line, size_t len);

/* The next blank-separated word of *rest into ret, moving *rest behind it; ret is "" at the end. */
void verb_word(char **rest, char *ret, size_t size);
/* Which of the words (ends at NULL) is meant, whole or by a unique beginning; -1 if none or several. */
int verb_choice(const char *word, const char *const *words);
/* The one word of the rest, off or on: 0 or 1; -1 if it is anything else. */
int verb_switch(char *rest);
/* The end: its usage as an error. */
void verb_misused(struct command *c);

#endif
