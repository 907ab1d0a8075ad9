/* SPDX-License-Identifier: MIT */
/* testpost: sends one test event to a slot's server, past its queue and on a connection of its own, to see
 * whether it can be reached. */
#ifndef DELIVERY_TESTPOST_H
#define DELIVERY_TESTPOST_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "doc/doc.h"

struct testpost;
struct testpost_request {
	int slot;
	struct doc *
		/* the verdict and the answer are added; borrowed until done is called or the test is
		 * cancelled */
		result;
	/* Called once, never before testpost_send has returned; ERR_NONE: the server answered 2xx. */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
/* ERR_NOTFOUND: the slot is not registered. The test frees itself when it calls done. */
int testpost_send(struct delivery *d, const struct testpost_request *r, struct testpost **ret, struct err *e);
/* done will not be called. Not from within done. NULL is fine. */
void testpost_cancel(struct testpost *t);

#endif
