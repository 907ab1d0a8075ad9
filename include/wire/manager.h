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
/* As manager_write_event, followed by the results of the commands of the last answer (a document with root
 * Command). */
void manager_write_event_with(enum manager_event event, const struct wire_identity *who,
			      const struct doc *results, struct buf *b);

/* Appends a PostedDocument: Identification, Location ("/Configuration"), then root. If root has no attributes
 * product and version, they are set from who. The caller must have hidden secrets. */
void manager_write_document(const struct wire_identity *who, const char *location, const struct doc *root,
			    struct buf *b);

struct manager_document {
	char location[64], url[MANAGER_URL];
};

/* Where the results of commands are to be posted, from the element <Feedback> beside the commands. user "":
 * no login is needed. */
struct manager_feedback {
	char url[MANAGER_URL], user[MANAGER_LOGIN], password[MANAGER_LOGIN];
};

/* The requests in the server's answer. Plain data, except for the two documents. */
struct manager_answer {
	/* seconds as the server sent them, without limits; 0: none, or no number */
	int32_t heartbeat_s;
	/* document with root Configuration; NULL: none. Values are as the server sent them; items may be
	 * missing */
	struct doc *configuration;
	struct doc *command;                /* document with root Command; NULL: there is none */
	struct manager_feedback results_to; /* url "": the results are sent with the next event */
	int results_to_unread; /* 1: Feedback has no URL, or one that is too long; url is "" then */
	size_t n_documents;
	struct manager_document documents[MANAGER_DOCUMENTS_MAX];
	/* documents that do not fit here, have no location, or have a URL that is too long */
	size_t documents_left_out;
	/* Requests that this agent does not support; the caller reports them. */
	char software_url[MANAGER_URL]; /* "" : none */
	char software_feedback_url[MANAGER_URL];
	size_t files, bookings; /* numbers of FileToDownload and Booking elements */
};

/* Reads a PostEventResponse. Only local names count; elements may be in any order, all are optional, and
 * there need not be an envelope. Fails with ERR_PROTOCOL if it is not XML, another document ("found <html>"),
 * or a SOAP fault (the error has its code and text). *ret is overwritten; on failure it is empty. */
int manager_read_answer(const char *text, size_t len, struct manager_answer *ret, struct err *e);
void manager_answer_done(struct manager_answer *a);

#endif
