/* answer: how an answer is written in the three output modes (wire-formats.md 4, docs/commands.md). */
#ifndef ANSWER_H
#define ANSWER_H

#include "base/buf.h"
#include "base/log.h"
#include "command.h"
#include "doc/doc.h"

enum output_mode { OUTPUT_TERMINAL, OUTPUT_XML, OUTPUT_JSON };

/* Appends the whole answer of a finished command. */
void answer_print(const struct command *c, enum output_mode mode, struct buf *out);
/* Appends a change that a listener wants to see: it looks like the answer to a query. */
void answer_print_change(const struct doc *change, enum output_mode mode, struct buf *out);
/* Appends a log line for a session that asked for them. */
void answer_print_log(const char *line, enum log_level level, enum output_mode mode, struct buf *out);

#endif
