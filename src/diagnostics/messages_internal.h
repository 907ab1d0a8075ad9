/* SPDX-License-Identifier: MIT */
/* messages_internal: what messages.c and message_sources.c share. */
#ifndef DIAGNOSTICS_MESSAGES_INTERNAL_H
#define DIAGNOSTICS_MESSAGES_INTERNAL_H

#include "diagnostics/messages.h"
#include "diagnostics_internal.h"

/* d is borrowed. Messages are collected for the first time some seconds later, when the date is known and
 * servers have been asked. */
struct messages *messages_new(struct diagnostics *d);
void messages_free(struct messages *m);

/* message_sources.c: adds everything that the agent itself knows. arg: the struct diagnostics. */
void message_sources_collect(void *arg, struct message_list *list);

#endif
