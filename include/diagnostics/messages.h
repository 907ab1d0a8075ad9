/* SPDX-License-Identifier: MIT */
/* messages: the status items xStatus Diagnostics Message: what is wrong with the device now, in the form that
 * video codecs give it. */
#ifndef DIAGNOSTICS_MESSAGES_H
#define DIAGNOSTICS_MESSAGES_H

#include "diagnostics/diagnostics.h"

enum message_level { MESSAGE_OK, MESSAGE_WARNING, MESSAGE_ERROR, MESSAGE_CRITICAL };

struct message { /* texts are borrowed for the call */
	enum message_level level;
	const char *type; /* one word: "CertificateExpiry" */
	/* the service or subject, if there can be several messages of this type; otherwise "" */
	const char *about;
	const char *references; /* where to read more: "xStatus Security Expiring" */
	/* A whole sentence. It should stay the same as long as the fault is the same, since each change is
	 * sent to control sessions and feedback servers. */
	const char *description;
};

struct message_list;
/* Adds a message. It gets the number of the previous message with the same type and about. */
void message_list_add(struct message_list *l, const struct message *m);
/* Adds a source: fn(arg, list) is called whenever messages are collected, and adds the messages that apply at
 * this moment. They are collected when the status or the settings change, and every ten seconds. */
void messages_add_source(struct diagnostics *d, void (*fn)(void *arg, struct message_list *list), void *arg);
/* Collects the messages soon, since something that a source reports has changed. */
void messages_changed(struct diagnostics *d);

#endif
