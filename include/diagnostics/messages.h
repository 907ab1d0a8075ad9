/* SPDX-License-Identifier: MIT */
/* messages: xStatus Diagnostics Message, what is wrong with the device now, as codecs have it. */
#ifndef DIAGNOSTICS_MESSAGES_H
#define DIAGNOSTICS_MESSAGES_H

#include "diagnostics/diagnostics.h"

enum message_level { MESSAGE_OK, MESSAGE_WARNING, MESSAGE_ERROR, MESSAGE_CRITICAL };

struct message { /* texts are borrowed for the call */
	enum message_level level;
	const char *type;  /* one word: "CertificateExpiry" */
	const char *about; /* which one of its type, where there are several: a service, a subject; else "" */
	const char *references; /* what to look at: "xStatus Security Expiring" */
	/* A whole sentence. It should not change while the state does not, since each change is told to
	 * sessions and feedback servers. */
	const char *description;
};

struct message_list;
/* Adds a message. A message with the same type and about as before keeps its number. */
void message_list_add(struct message_list *l, const struct message *m);
/* Adds a source: fn(arg, list) is called whenever messages are collected, and adds those that hold now.
 * They are collected when the status or the settings change, and every ten seconds. */
void messages_add_source(struct diagnostics *d, void (*fn)(void *arg, struct message_list *list), void *arg);
/* Has the messages collected soon, since something that a source knows has changed. */
void messages_changed(struct diagnostics *d);

#endif
