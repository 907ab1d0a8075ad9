/* SPDX-License-Identifier: MIT */
/* message: parts of the management server's messages: SOAP around an answer, and requests to post
 * documents. */
#ifndef LAB_MESSAGE_H
#define LAB_MESSAGE_H

#include "base/buf.h"
#include "doc/doc.h"
#include "faulty.h"

#include <stddef.h>

/* Prints <DocumentToPost> elements for pairs of location and URL, for manage_offer. */
void message_documents(const char *const *pairs, size_t n, struct buf *out);
/* Prints <Feedback>, which asks for the results of the commands in the same answer: with this URL, and with
 * user name and password (NULL: none). */
void message_feedback(const char *url, const char *user, const char *password, struct buf *out);

/* message_soap_begin and message_soap_end write the frame of a SOAP answer; its contents are written in
 * between. message_soap_fault writes a SOAP fault. */
void message_soap_begin(struct reply *r);
void message_soap_end(struct reply *r);
void message_soap_fault(struct reply *r, int status, const char *text);
/* Returns the operation of a SOAP document, the first element inside Body; NULL if it is not a SOAP
 * document. */
const struct doc *message_operation(const struct doc *d);

#endif
