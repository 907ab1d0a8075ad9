/* SPDX-License-Identifier: MIT */
/* manage: the services of the management server: external manager, phone book, and a receiver for everything
 * else. */
#ifndef LAB_MANAGE_H
#define LAB_MANAGE_H

#include "base/err.h"
#include "devices.h"
#include "doc/doc.h"
#include "enforce.h"
#include "faulty.h"

#include <stddef.h>

#define MANAGE_PATH           "/tms/public/external/management/SystemManagementService.asmx"
#define MANAGE_DOCUMENT_PATH  "/tms/public/feedback/postdocument.aspx"
#define MANAGE_FEEDBACK_PATH  "/tms/public/feedback/code.aspx"
#define MANAGE_PHONEBOOK_PATH "/tms/public/external/phonebook/phonebookservice.asmx"

struct manage;
/* devices are borrowed. */
struct manage *manage_new(struct devices *devices);
void manage_free(struct manage *m);

struct manage_request {
	const char *method, *path, *body;
	size_t len;
	const char *source; /* the client's address */
};
/* Fills the answer and returns the name of the service that gave it: "manager", "phonebook", "feedback". */
const char *manage_answer(struct manage *m, const struct manage_request *q, struct reply *r);

/* That answer went out as it was: what was offered in it is not offered again. */
void manage_answered(struct manage *m, const char *service);

/* Seconds that every PostEvent is answered. */
void manage_set_heartbeat(struct manage *m, unsigned seconds);
unsigned manage_heartbeat(const struct manage *m);
/* The port of its own URLs. */
void manage_set_port(struct manage *m, int port);
/* Secure-only mode: what every device that was added is sent. */
void manage_set_level(struct manage *m, enum enforce_level level);
enum enforce_level manage_level(const struct manage *m);
/* What the next PostEvent that is answered properly, and that one only, is given: the inside of the element
 * of that name. ERR_NOTFOUND. */
int manage_offer(struct manage *m, const char *element, const char *xml, struct err *e);
/* <DocumentToPost> elements for pairs of location and URL, as manage_offer wants them. */
void manage_documents(const char *const *pairs, size_t n, struct buf *out);
/* <Feedback> with this URL, and user name and password or NULL, as it stands beside commands and wants their
 * results. */
void manage_feedback(const char *url, const char *user, const char *password, struct buf *out);

/* For all services: begins and ends a SOAP answer around what is written between; and a refusal. */
void manage_soap_begin(struct reply *r);
void manage_soap_end(struct reply *r);
void manage_soap_fault(struct reply *r, int status, const char *text);
/* The operation in a SOAP document: the first element inside Body; NULL if it is none. */
const struct doc *manage_operation(const struct doc *d);

#endif
