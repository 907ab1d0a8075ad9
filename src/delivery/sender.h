/* SPDX-License-Identifier: MIT */
/* sender: one connection to a slot's server, and the post that is under way on it. */
#ifndef DELIVERY_SENDER_H
#define DELIVERY_SENDER_H

#include "crypto/hmac.h"
#include "net/https.h"
#include "service/service.h"
#include "store/store.h"

struct sender {
	struct sender *next; /* in its slot's list */
	struct https_endpoint *endpoint;
	struct store_post post; /* under way; body NULL: none, the sender is idle */
	int is_gap;             /* the post tells the server what was dropped, up to its sequence */
	int is_probe;           /* it is not known whether the server works: this post shows it */
	/* Headers, which https borrows while the post is under way. */
	char id[STORE_ID + 16], sequence[48], stamp[48], signature[HMAC_SIGNATURE + 24], coalesced[80];
	void (*done)(void *arg, struct sender *c, const struct https_reply *r);
	void *arg;
};

/* done and arg are the caller's to set: done(arg, sender, reply) ends each post, which still is in the sender
 * then. */
int sender_new(struct https *h, const struct service_endpoint *server, struct sender **ret, struct err *e);
/* Gives up what is under way. NULL is fine. */
void sender_free(struct sender *c);
/* Sends the post (its body is handed over, even on failure). now: the trusted date, 0: it is not known, then
 * the post has no timestamp and no signature. key NULL: no signature. */
int sender_send(struct sender *c, const struct store_post *p, int64_t now, const struct hmac_key *key,
		struct err *e);
/* Frees the post: the sender is idle. */
void sender_drop(struct sender *c);

#endif
