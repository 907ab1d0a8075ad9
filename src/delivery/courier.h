/* SPDX-License-Identifier: MIT */
/* courier: takes posts from the store to their servers, each slot on its own, so that one that fails delays
 * no other. A slot is sent strictly in order, one post at a time, or with a window: several posts at once on
 * as many connections, each with its sequence in a header.
 *
 * The state of a slot (enum slot_state):
 *
 *     Closed --courier_set--> Unproven --a post is sent--> Probing --2xx--> Open
 *
 *     from       to         when
 *     Probing    Unproven   the server will never take the post, but it answers: the next one is sent at once
 *     Probing    Waiting    any other failure
 *     Open       Waiting    any other failure than a post that is never taken, which changes nothing
 *     Waiting    Unproven   the wait is over, or courier_try_now
 *     Waiting    Open       a post of the window that was still under way was taken
 *     any        Parked     HTTP 410
 *     Parked     Unproven   courier_unpark
 *     any        Closed     courier_clear
 *
 * An Open slot has as many posts under way as its window allows; Waiting and Parked slots keep theirs on
 * disk. */
#ifndef DELIVERY_COURIER_H
#define DELIVERY_COURIER_H

#include "loop/loop.h"
#include "net/https.h"
#include "service/service.h"
#include "store/store.h"

enum slot_state {
	SLOT_CLOSED,   /* not delivered: not registered, or courier_set was not called yet */
	SLOT_UNPROVEN, /* it is not known whether the server takes posts: the next one is sent alone */
	SLOT_PROBING,  /* that one is under way */
	SLOT_OPEN,     /* the server takes posts */
	SLOT_WAITING,  /* the last try failed: the next one comes when the timer ends */
	/* the server said that it is gone for good (HTTP 410): nothing is tried, over restarts too */
	SLOT_PARKED,
};

struct courier;

struct courier_options {
	struct loop *loop;
	struct store *store; /* borrowed, like https */
	struct https *https;
	void (*changed)(void *arg,
			int slot); /* the slot has failed, or works again; never from within a call */
	void (*dirty)(void *arg);  /* the store was changed: commit soon */
	int64_t (*now)(void *arg); /* the trusted date, 0 if it is not known */
	/* Writes the body of a post that tells of the slot's gap. */
	void (*gap)(void *arg, int slot, const struct store_slot *s, struct buf *body);
	void *arg;
};

struct courier *courier_new(const struct courier_options *o);
/* Gives up what is in flight: it is on disk and goes again at the next start. */
void courier_free(struct courier *c);
/* Finishes what is in flight (up to limit_ms), takes nothing new, then calls fn once. */
void courier_stop(struct courier *c, int64_t limit_ms, void (*fn)(void *arg), void *arg);

/* Sends the slot's posts to this server from now on. The same target again only has the slot tried now. */
struct courier_target { /* plain data */
	struct service_endpoint server;
	int window;         /* 1: strict order */
	const char *secret; /* posts are signed with it (crypto/hmac.h); NULL or "": they are not */
};
int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e);
/* The slot is not registered any more. */
void courier_clear(struct courier *c, int slot);
/* Slots are named by masks: bit n for slot n. */
/* There are new posts, on disk, in these slots. */
void courier_wake(struct courier *c, unsigned slots);
/* Posts of these slots were deleted, put back or changed in the store: what was read ahead is read again. */
void courier_reread(struct courier *c, unsigned slots);
/* May a post that waits be replaced by one merged with it? Yes while the server fails, or was not tried yet,
 * and the post of this sequence was never sent (0: whichever it is). */
int courier_may_merge(const struct courier *c, int slot, int64_t sequence);
/* Something that deliveries were waiting for has changed: these slots are tried now and their back-off begins
 * anew; parked ones are not tried. */
void courier_try_now(struct courier *c, unsigned slots);
/* Tries a slot now, a parked one too, and parks it no longer. */
void courier_unpark(struct courier *c, int slot);
/* Is any post under way? */
int courier_is_busy(const struct courier *c);
/* Time has passed: drops posts that are too old, if the trusted date has been steady for a day. */
void courier_expire(struct courier *c);

struct courier_status { /* plain data */
	enum slot_state state;
	int has_failed;    /* the last try failed */
	unsigned attempts; /* failed ones in a row */
	int64_t next_ms;   /* until the next try; -1: none is due */
	int last_status;   /* HTTP, 0: none */
	char last_error[240];
	long last_verdict;  /* of the last handshake that was verified, or refused before; -1: none yet */
	uint64_t delivered; /* since start */
};
void courier_status(const struct courier *c, int slot, struct courier_status *ret);

#endif
