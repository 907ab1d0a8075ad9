/* SPDX-License-Identifier: MIT */
/* runs: the functions of the verbs. Each one finishes its command, at once or later. */
#ifndef COMMAND_RUNS_H
#define COMMAND_RUNS_H

#include "command/command.h"

void command_help(struct command *c); /* xCommand ... ? */
void complete_run(struct command *c);
void config_run(struct command *c);
void config_help(struct command *c);
/* Adds a Warning to the result for each server that the last change has cut off, and for each list of roots
 * with which it has made something wrong. */
void config_warn(struct command *c);
void document_run(struct command *c);
void event_run(struct command *c);
void event_help(struct command *c);
void getxml_run(struct command *c);
void query_metrics(struct command *c);   /* xMetrics */
void publication_run(struct command *c); /* xPublish */
void putxml_run(struct command *c);
void query_run(struct command *c); /* xStatus */
void query_help(struct command *c);
void rows_security_run(struct command *c); /* certificate */
void rows_pki_run(struct command *c);      /* pki */

#endif
