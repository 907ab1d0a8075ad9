/* SPDX-License-Identifier: MIT */
/* verbs: the first word of a line. */
#ifndef VERBS_H
#define VERBS_H

#include "command.h"
#include "../control/session.h"

#include <stddef.h>

/* Runs the command's parsed line. */
void verb_run(struct command *c);
/* By its whole name or, unless it is hidden, a unique beginning; NULL if there is none. */
const struct verb *verb_find(const char *word);
/* Does a body follow this line, when none came with it? */
int verb_wants_body(const struct session *s, const char *line, size_t len);
/* Need this line not wait for the answers of those before it? */
int verb_is_pipelined(const char *line, size_t len);

/* The next blank-separated word of *rest into ret, moving *rest behind it; ret is "" at the end. */
void verb_word(char **rest, char *ret, size_t size);
/* Which of the words (ends at NULL) is meant, whole or by a unique beginning; -1 if none or several. */
int verb_choice(const char *word, const char *const *words);
/* The end: its usage as an error. */
void verb_misused(struct command *c);

/* What the verbs do; each ends in command_done or the like. */
void config_run(struct command *c); /* xConfiguration */
void config_help(struct command *c);
void status_run(struct command *c); /* xStatus */
void status_help(struct command *c);
void getxml_run(struct command *c);
void event_run(struct command *c);
void event_help(struct command *c);
void feedback_run(struct command *c); /* xFeedback */
void command_help(struct command *c); /* xCommand ... ? */
void complete_run(struct command *c); /* xComplete */
void publish_run(struct command *c);  /* xPublish */
void syslog_run(struct command *c);
void certificate_run(struct command *c);
void document_run(struct command *c); /* xDocument */

#endif
