/* SPDX-License-Identifier: MIT */
/* sender: one connection to a slot's server, and the post that is under way on it. */
#ifndef DELIVERY_SENDER_H
#define DELIVERY_SENDER_H

#include "delivery/webhook.h"
#include "net/https.h"
#include "service/service.h"
#include "store/store.h"

struct sender {
	struct sender *next; /* in its slot's list */
	struct https_endpoint *endpoint;
	struct store_post post; /* the post under way; body NULL: none, the sender is idle */
	/* 1: the post reports to the server the posts that were dropped, up to the post's sequence */
	int is_gap;
	int is_probe; /* 1: the post is sent alone to find out whether the server works (SLOT_PROBING) */
	/* headers, which https borrows while the post is under way */
	struct webhook webhook;
	char sequence[48], coalesced[80];
	void (*done)(void *arg, struct sender *sender, const struct https_reply *r);
	void *arg;
};

/* The caller sets done and arg: done(arg, sender, reply) is called at the end of each post. At that time
 * sender->post still has the post. */
int sender_new(struct https *h, const struct service_endpoint *server, struct sender **ret, struct err *e);
/* Aborts the post that is under way. NULL is allowed. */
void sender_free(struct sender *sender);
/* Sends the post, whose body the sender owns from now on, even on failure. now: the trusted date; 0: the date
 * is not known, and the post has no timestamp and no signature. key: len 0 for no signature. */
int sender_send(struct sender *sender, const struct store_post *p, int64_t now, const struct hmac_key *key,
		struct err *e);
/* Frees the post; the sender is idle afterwards. */
void sender_drop(struct sender *sender);

#endif
