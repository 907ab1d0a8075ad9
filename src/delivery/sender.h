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
	int is_gap;             /* the post reports to the server what was dropped, up to its sequence */
	int is_probe;           /* this post is sent alone to see whether the server works (SLOT_PROBING) */
	/* Headers, which https borrows while the post is under way. */
	char id[STORE_ID + 16], sequence[48], stamp[48], signature[HMAC_SIGNATURE + 24], coalesced[80];
	void (*done)(void *arg, struct sender *sender, const struct https_reply *r);
	void *arg;
};

/* The caller sets done and arg: done(arg, sender, reply) is called at the end of each post, which is still in
 * sender->post then. */
int sender_new(struct https *h, const struct service_endpoint *server, struct sender **ret, struct err *e);
/* Aborts the post that is under way. NULL is fine. */
void sender_free(struct sender *sender);
/* Sends the post, whose body belongs to the sender from now on, even on failure. now is the trusted date;
 * 0: the date is not known, and the post has no timestamp and no signature. key NULL: no signature. */
int sender_send(struct sender *sender, const struct store_post *p, int64_t now, const struct hmac_key *key,
		struct err *e);
/* Frees the post, so that the sender is idle. */
void sender_drop(struct sender *sender);

#endif
