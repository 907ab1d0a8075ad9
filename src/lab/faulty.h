/* SPDX-License-Identifier: MIT */
/* faulty: what the management server can do wrong after the handshake, at the HTTP level. */
#ifndef LAB_FAULTY_H
#define LAB_FAULTY_H

#include "base/buf.h"
#include "base/err.h"
#include "fault.h"

#include <event2/event.h>
#include <event2/http.h>

enum { REPLY_HEADERS = 4, REPLY_MAX = 4 << 20 };

/* An answer before it goes out. */
struct reply {
	int status;
	const char *type; /* content type; constant */
	const char *header[REPLY_HEADERS][2];
	struct buf body;
	int spoilt; /* it did not go out as it was written */
};
void faulty_add_header(struct reply *r, const char *name, const char *value);

/* Which fault holds, for which requests. */
struct faulty {
	const struct http_fault *mode;
	int status;           /* of "status" */
	char retry_after[64]; /* value of the Retry-After header, "" for none */
	char path[256];       /* beginning of the paths concerned, "" for all */
	long left;            /* requests that it still holds for; negative: all to come */
};

const struct fault_table *faulty_table(void);
void faulty_init(struct faulty *f);
/* args: a name or a status number, then any of: retry-after VALUE, for COUNT, path BEGINNING. */
int faulty_set(struct faulty *f, size_t n, char *const *args, struct err *e);
const char *faulty_mode(const struct faulty *f);
/* Spoils and sends the answer; returns the status that the client can have seen, 0 if none or not all of
 * it. */
int faulty_send(struct faulty *f, struct event_base *base, struct evhttp_request *request, struct reply *r);

#endif
