/* SPDX-License-Identifier: MIT */
/* runs: the functions of the verbs. Each one finishes its command, at once or later. */
#ifndef COMMAND_RUNS_H
#define COMMAND_RUNS_H

#include "command/command.h"

void command_help(struct command *c); /* xCommand ... ? */
void complete_run(struct command *c);
void config_run(struct command *c);
void config_help(struct command *c);
/* Adds a Warning to the result for each server that the last change of settings, roots or revocation lists
 * has cut off, and for each list of roots with which it has made something wrong. The caller has made a
 * change. config_warn_in adds them to this node. */
void config_warn(struct command *c);
void config_warn_in(struct command *c, struct doc *to);
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
