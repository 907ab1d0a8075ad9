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
#include "site.h"

#include <stddef.h>

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

#endif
