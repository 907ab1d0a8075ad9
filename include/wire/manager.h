/* SPDX-License-Identifier: MIT */
/* manager: messages to and from the external manager (wire-formats.md 1). */
#ifndef WIRE_MANAGER_H
#define WIRE_MANAGER_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"
#include "wire/post.h"

#include <stddef.h>
#include <stdint.h>

enum { MANAGER_DOCUMENTS_MAX = 16, MANAGER_URL = 2049, MANAGER_LOGIN = 256 };

#define MANAGER_CONTENT_TYPE "text/xml; charset=utf-8"
/* The SOAPAction header's value, quotes included. */
#define MANAGER_SOAP_ACTION "\"http://www.tandberg.net/2004/11/SystemManagementService/PostEvent\""

enum manager_event { MANAGER_REGISTER, MANAGER_BOOT, MANAGER_BEAT };
const char *manager_event_name(enum manager_event event); /* "Register", ... */

/* Appends the whole PostEvent message. */
void manager_write_event(enum manager_event event, const struct wire_identity *who, struct buf *b);
/* The same with what became of the commands of the last answer (root Command) behind the event. */
void manager_write_event_with(enum manager_event event, const struct wire_identity *who,
			      const struct doc *results, struct buf *b);

/* Appends a PostedDocument: Identification, Location ("/Configuration"), then root, whose attributes product
 * and version are set to who's unless it has them. Secrets are the caller's to hide. */
void manager_write_document(const struct wire_identity *who, const char *location, const struct doc *root,
			    struct buf *b);

struct manager_document {
	char location[64], url[MANAGER_URL];
};

/* Where the results of commands are wanted: <Feedback> beside them, as Software has one. user "": none is
 * needed. */
struct manager_feedback {
	char url[MANAGER_URL], user[MANAGER_LOGIN], password[MANAGER_LOGIN];
};

/* What the server wants. Plain data but for the two documents. */
struct manager_answer {
	int32_t heartbeat_s; /* as given, not clamped; 0: not said, or no number */
	/* root Configuration, or NULL: none. Values as they came; item may be absent */
	struct doc *configuration;
	struct doc *command;                /* root Command, or NULL */
	struct manager_feedback results_to; /* url "": they go with the next event */
	int results_to_unread; /* it names a place that is too long, or none in its Feedback: url is "" */
	size_t n_documents;
	struct manager_document documents[MANAGER_DOCUMENTS_MAX];
	size_t documents_left_out; /* more than fit, or without location or with too long a URL */
	/* Asked for; the caller says that it does not do that. */
	char software_url[MANAGER_URL]; /* "" : none */
	char software_feedback_url[MANAGER_URL];
	size_t files, bookings; /* how many FileToDownload and Booking elements */
};

/* Reads a PostEventResponse by local names, in any order, everything optional, an envelope or not.
 * ERR_PROTOCOL: no XML, something else ("found <html>"), or a SOAP fault (its code and text). ret is filled
 * anew; on failure it is empty. */
int manager_read_answer(const char *text, size_t len, struct manager_answer *ret, struct err *e);
void manager_answer_done(struct manager_answer *a);

#endif
