/* SPDX-License-Identifier: MIT */
/* testpost: sends one test event to a slot's server, to find out whether the server can be reached. The event
 * does not use the slot's queue, and has a connection of its own. */
#ifndef DELIVERY_TESTPOST_H
#define DELIVERY_TESTPOST_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "doc/doc.h"

struct testpost;
struct testpost_request {
	int slot;
	/* Gets the verdict and the answer; borrowed until done is called or the test is cancelled. */
	struct doc *result;
	/* Called once, never before testpost_send has returned; ERR_NONE: the server answered 2xx. */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
/* Fails with ERR_NOTFOUND if the slot is not registered. The test frees itself when it calls done. */
int testpost_send(struct delivery *d, const struct testpost_request *r, struct testpost **ret, struct err *e);
/* Ends the test without calling done. Must not be called from within done. NULL is allowed. */
void testpost_cancel(struct testpost *t);

#endif
