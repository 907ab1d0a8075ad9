/* SPDX-License-Identifier: MIT */
/* webhook: the headers by which a receiver recognises a post and its sender (Standard Webhooks). */
#ifndef DELIVERY_WEBHOOK_H
#define DELIVERY_WEBHOOK_H

#include "crypto/hmac.h"
#include "store/store.h"

enum { WEBHOOK_HEADERS = 3 };

struct webhook { /* the text of the headers */
	char id[STORE_ID + 16], stamp[48], signature[HMAC_SIGNATURE + 24];
};

struct webhook_post { /* borrowed for the call */
	const char *id;
	int64_t now; /* the trusted date; 0: it is not known, so there is neither timestamp nor signature */
	const struct hmac_key *key; /* len 0: there is no signature */
	const void *body;
	size_t len;
};

/* Writes the headers of a post, and their addresses to `headers`. Returns how many there are. */
size_t webhook_write(struct webhook *w, const struct webhook_post *p, const char *headers[WEBHOOK_HEADERS]);
/* The same for a post that tests a slot. The slot's id is made from its number and `number`, and the key from
 * the slot's secret, which may be "". */
struct webhook_test {
	int slot;
	const char *secret;
	int64_t number, now;
	const void *body;
	size_t len;
};
size_t webhook_write_test(struct webhook *w, const struct webhook_test *t,
			  const char *headers[WEBHOOK_HEADERS]);

#endif
