/* SPDX-License-Identifier: MIT */
/* message: pieces of the management server's messages: SOAP around an answer, and what it asks a device to
 * post. */
#ifndef LAB_MESSAGE_H
#define LAB_MESSAGE_H

#include "base/buf.h"
#include "doc/doc.h"
#include "faulty.h"

#include <stddef.h>

/* <DocumentToPost> elements for pairs of location and URL, as manage_offer wants them. */
void message_documents(const char *const *pairs, size_t n, struct buf *out);
/* <Feedback> with this URL, and user name and password or NULL, as it stands beside commands and wants their
 * results. */
void message_feedback(const char *url, const char *user, const char *password, struct buf *out);

/* For all services: begins and ends a SOAP answer around what is written between; and a refusal. */
void message_soap_begin(struct reply *r);
void message_soap_end(struct reply *r);
void message_soap_fault(struct reply *r, int status, const char *text);
/* The operation in a SOAP document: the first element inside Body; NULL if it is none. */
const struct doc *message_operation(const struct doc *d);

#endif
