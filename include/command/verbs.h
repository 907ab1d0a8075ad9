/* SPDX-License-Identifier: MIT */
/* verbs: the first words of lines (xCommand, xStatus ...), and functions that read the short arguments after
 * them. */
#ifndef COMMAND_VERBS_H
#define COMMAND_VERBS_H

#include "command/command.h"

#include <stddef.h>

enum { VERBS_MAX = 32 };

/* All verbs in the order in which help lists them: by name, hidden ones last. */
struct verb_list { /* plain data */
	const struct verb *all[VERBS_MAX];
	size_t n;
};

/* Fills the list with this component's verbs and those of another table (NULL: there is none). */
void verbs_collect(struct verb_list *ret, const struct verb *more);

/* Runs the command's parsed line: calls its verb's function, or shows help. */
void verb_run(struct command *c);
/* Finds the verb with this name or, unless it is hidden, the only one that begins so. NULL: there is none. */
const struct verb *verb_find(const struct verb_list *l, const char *word);
/* Returns 1 if the command of this line needs a body, which then follows the line. */
int verb_wants_body(const struct command_set *set, const char *line, size_t len);
/* Returns 1 if this line may be run before the lines before it have been answered. */
int verb_is_pipelined(const struct command_set *set, const char *line, size_t len);

/* Copies the next word of *rest, up to a blank, into ret and moves *rest past it; ret is "" if there are no
 * more words. */
void verb_word(char **rest, char *ret, size_t size);
/* Returns the text without the quotes around it, in which some clients write a path. Changes the text. */
char *verb_unquoted(char *text);
/* Returns the index of the word in the list `words` (which ends at NULL) that `word` names, in full or by a
 * unique beginning; -1 if it names none, or several. */
int verb_choice(const char *word, const char *const *words);
/* Reads rest as a single word: returns 0 for off, 1 for on, and -1 for anything else. */
int verb_switch(char *rest);
/* Finishes the command with an error that shows the verb's usage. */
void verb_misused(struct command *c);

#endif
