/* SPDX-License-Identifier: MIT */
/* slot: one feedback slot while it is delivered: reads posts ahead from the store, and sends each on an idle
 * connection as far as the slot's state allows. What an answer means is decided in courier.c, which moves the
 * state. */
#ifndef DELIVERY_SLOT_H
#define DELIVERY_SLOT_H

#include "base/episode.h"
#include "sender.h"
#include "courier.h"

enum { SLOT_AHEAD = 16 };

struct slot {
	struct courier *courier;
	int number;                   /* 1..STORE_SLOTS */
	struct courier_target target; /* its secret is NULL: the key stands for it */
	struct hmac_key key;          /* len 0: posts are not signed */
	struct sender *senders;       /* as many as the target's window at most; NULL: Closed */
	int n_senders, in_flight;
	/* Open: so many posts may be under way; one more with each that is taken, up to the window */
	int limit;
	struct loop_timer *timer;                                                    /* calls slot_send */
	void (*answered)(void *slot, struct sender *c, const struct https_reply *r); /* ends each post */
	struct store_post ahead[SLOT_AHEAD];
	size_t ahead_at, ahead_n;
	int64_t after;    /* the last sequence that was read */
	int64_t sent;     /* the highest sequence that was ever sent, to whichever server */
	uint64_t dropped; /* the store's count of dropped posts when it was looked at last */
	int may_have_gap; /* the store may know of dropped posts that the server was not told of */
	struct episode episode;
	struct courier_status status; /* its state is the slot's */
};

struct courier {
	struct courier_options o;
	struct slot slots[STORE_SLOTS + 1];
	int stopping;
	struct loop_timer *deadline;
	struct {                         /* is the trusted date steady? */
		int64_t unix_s, read_ms; /* the date, and when it was read; 0: never */
		int64_t since_ms;        /* it has run evenly since then */
	} date;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* Forgets what was read ahead, which may have changed in the store; reading begins at the first post again.
 * */
void slot_discard_ahead(struct slot *s);
int slot_add_sender(struct slot *s, struct err *e);
/* May another post be begun? */
int slot_has_room(const struct slot *s);
/* Begins as many posts as may be under way; a slot that waited begins with one. A timer's function; arg is
 * the slot. */
void slot_send(void *arg);

#endif
