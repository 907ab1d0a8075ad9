/* SPDX-License-Identifier: MIT */
/* faulty: faults of the management server at the HTTP level, after the handshake. */
#ifndef LAB_FAULTY_H
#define LAB_FAULTY_H

#include "base/buf.h"
#include "base/err.h"
#include "fault.h"

#include <event2/event.h>
#include <event2/http.h>

enum { REPLY_HEADERS = 4, REPLY_MAX = 4 << 20 };

/* An answer before it is sent. */
struct reply {
	int status;
	const char *type; /* content type; constant */
	const char *header[REPLY_HEADERS][2];
	struct buf body;
	int spoilt; /* 1: a fault has changed it, or the way in which it was sent */
};

/* The fault that is set, and the requests to which it applies. */
struct faulty {
	const struct http_fault *mode;
	int status;           /* the status that the fault "status" answers */
	char retry_after[64]; /* value of the Retry-After header; "": none */
	char path[256];       /* only requests whose path has this beginning get the fault; "": all */
	long left;            /* number of further requests that get the fault; negative: no limit */
};

const struct fault_table *faulty_table(void);
void faulty_init(struct faulty *f);
/* args: the name of a fault or a status number, followed by any of: retry-after VALUE (the header
 * Retry-After), for COUNT (only so many requests get the fault), path BEGINNING (only requests whose path has
 * this beginning). */
int faulty_set(struct faulty *f, size_t n, char *const *args, struct err *e);
const char *faulty_mode(const struct faulty *f);
/* Applies the fault to the answer and sends it. Returns the status that the client gets; 0 if it gets no
 * complete answer. */
int faulty_send(struct faulty *f, struct event_base *base, struct evhttp_request *request, struct reply *r);

#endif
