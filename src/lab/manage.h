/* SPDX-License-Identifier: MIT */
/* manage: the services of the management server: external manager, phone book, and a receiver for all other
 * posts. */
#ifndef LAB_MANAGE_H
#define LAB_MANAGE_H

#include "base/err.h"
#include "devices.h"
#include "doc/doc.h"
#include "enforce.h"
#include "faulty.h"
#include "site.h"

#include <stddef.h>

struct manage;
/* devices is borrowed. */
struct manage *manage_new(struct devices *devices);
void manage_free(struct manage *m);

struct manage_request {
	const char *method, *path, *body;
	size_t len;
	const char *source; /* the client's address */
};
/* Fills the answer and returns the name of the service that gave it: "manager", "phonebook", "feedback". */
const char *manage_answer(struct manage *m, const struct manage_request *q, struct reply *r);

/* To be called when the answer was sent without a fault: offers in it are not made again. */
void manage_answered(struct manage *m, const char *service);

/* Sets the seconds of the heartbeat in answers to PostEvent. */
void manage_set_heartbeat(struct manage *m, unsigned seconds);
unsigned manage_heartbeat(const struct manage *m);
/* Sets the port in the server's own URLs. */
void manage_set_port(struct manage *m, int port);
/* Sets the level of the secure-only mode, which determines the settings that are sent to every added
 * device. */
void manage_set_level(struct manage *m, enum enforce_level level);
enum enforce_level manage_level(const struct manage *m);
/* Sets the contents of the element with this name for the next answer to a PostEvent that is sent without a
 * fault, and only for that one. Fails with ERR_NOTFOUND. */
int manage_offer(struct manage *m, const char *element, const char *xml, struct err *e);

#endif
