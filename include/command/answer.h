/* SPDX-License-Identifier: MIT */
/* answer: how an answer is written in each output mode (wire-formats.md 4, docs/commands.md). */
#ifndef COMMAND_ANSWER_H
#define COMMAND_ANSWER_H

#include "base/buf.h"
#include "base/log.h"
#include "command/command.h"
#include "doc/doc.h"

/* struct answer prints the answer of a finished command piece by piece. It borrows the command, and uses the
 * output mode that its caller has when printing begins. answer_go_on appends text until out holds at least
 * len bytes, so that a large document is never in memory as text as a whole and does not delay other
 * sessions. It returns 1 if there is more to print, and 0 if everything has been printed or out is full. */
struct answer;
struct answer *answer_new(const struct command *c, enum output_mode mode);
void answer_free(struct answer *a);
int answer_go_on(struct answer *a, size_t len, struct buf *out);
/* Appends a change for a session that has asked for it with xFeedback. It has the form of an answer to a
 * query. result_id: written as in an answer, in the JSON modes; NULL: none. */
void answer_print_change(const struct doc *change, enum output_mode mode, const char *result_id,
			 struct buf *out);
/* Appends a log line for a session that follows the log. */
void answer_print_log(const char *line, enum log_level level, enum output_mode mode, struct buf *out);

#endif
