/* SPDX-License-Identifier: MIT */
/* carrier: one connection to a slot's server, and the post that it carries. */
#ifndef AGENT_CARRIER_H
#define AGENT_CARRIER_H

#include "net/https.h"
#include "store/store.h"
#include "crypto/hmac.h"

struct carrier {
	struct carrier *next; /* its owner's list */
	struct https_peer *peer;
	struct store_post post; /* in flight; body NULL: none, the carrier is idle */
	int is_gap;             /* the post tells of a gap up to its sequence */
	int probing;            /* the server has not proven itself: its failure is news */
	/* Headers, borrowed by the post. */
	char id[STORE_ID + 16], sequence[48], stamp[48], signature[HMAC_SIGNATURE + 24], coalesced[80];
	void (*done)(void *arg, struct carrier *c, const struct https_reply *r);
	void *arg;
};

/* done(arg, carrier, reply) ends each post; the post is still the carrier's then. */
int carrier_new(struct https *h, const struct https_peer_options *o, struct carrier **ret, struct err *e);
/* Gives up what is in flight. NULL is fine. */
void carrier_free(struct carrier *c);
/* Sends the post (its body is handed over, even on failure). now: of this attempt, 0: not known, which leaves
 * out timestamp and signature. key NULL: no signature. */
int carrier_send(struct carrier *c, struct store_post *p, int64_t now, const struct hmac_key *key,
		 struct err *e);
/* The post is dealt with. */
void carrier_drop(struct carrier *c);

#endif
