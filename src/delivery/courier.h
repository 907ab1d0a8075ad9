/* SPDX-License-Identifier: MIT */
/* courier: sends the posts in the store to the slots' servers. The slots are independent of each other: a
 * server that fails delays only its own slot. The posts of a slot are sent strictly in order, one at a time;
 * or with a window: several at once on as many connections, each with its sequence in a header.
 *
 * The state of a slot (enum slot_state):
 *
 *     Closed --courier_set--> Unproven --a post is sent--> Probing --2xx--> Open
 *
 *     from       to         when
 *     Probing    Unproven   the server answered that it will never accept this post (HTTP 400, 413 or
 *                           422): the next one is sent now
 *     Probing    Waiting    any other failure but HTTP 410
 *     Open       Waiting    any failure but HTTP 410, and HTTP 400, 413 or 422, after which it stays Open
 *     any        Unproven   courier_set with another target; Parked if the slot is parked in the store
 *     Waiting    Unproven   the wait is over, or courier_try_now
 *     Waiting    Open       a post of the window that was still under way was accepted
 *     Waiting    Unproven   a post of the window that was still under way got HTTP 400, 413 or 422
 *     any        Parked     HTTP 410
 *     Parked     Unproven   courier_unpark
 *     any        Closed     courier_clear
 *
 * An Open slot has up to as many posts under way as its window allows; the posts of Waiting and Parked slots
 * stay on disk. */
#ifndef DELIVERY_COURIER_H
#define DELIVERY_COURIER_H

#include "loop/loop.h"
#include "net/https.h"
#include "service/service.h"
#include "store/store.h"
#include "wire/post.h"

enum slot_state {
	/* nothing is delivered: the slot is not registered, or courier_set has not been called yet */
	SLOT_CLOSED,
	SLOT_UNPROVEN, /* it is not known whether the server accepts posts: the next one is sent alone */
	SLOT_PROBING,  /* the post that shows whether the server accepts posts is under way */
	SLOT_OPEN,     /* the server accepts posts */
	SLOT_WAITING,  /* the last try failed: the next one is made when the timer ends */
	/* the server said that the URL is gone (HTTP 410): nothing is sent, not even after a restart */
	SLOT_PARKED,
};

struct courier;

struct courier_options {
	struct loop *loop;
	struct store *store; /* borrowed, like https */
	struct https *https;
	/* Called when the slot has failed, or works again; never from within a call of the courier. */
	void (*changed)(void *arg, int slot);
	void (*dirty)(void *arg);  /* called when the store was changed: the owner commits soon */
	int64_t (*now)(void *arg); /* returns the trusted date; 0: not known */
	const struct wire_identity *(*identity)(void *arg); /* returns the device's identity */
	/* Writes the body of a post that reports the slot's gap. */
	void (*gap)(void *arg, int slot, const struct store_slot *s, struct buf *body);
	void *arg;
};

struct courier *courier_new(const struct courier_options *o);
/* Aborts the posts that are under way: they are on disk and are sent again after the next start. */
void courier_free(struct courier *c);
/* Sends no more posts, waits up to limit_ms for the posts that are under way, then calls fn once. */
void courier_stop(struct courier *c, int64_t limit_ms, void (*fn)(void *arg), void *arg);

/* The server to which a slot's posts are sent, and how. Plain data. */
struct courier_target {
	struct service_endpoint server;
	int window;         /* posts that may be under way at once; 1: strict order */
	const char *secret; /* posts are signed with it (crypto/hmac.h); NULL or "": they are not */
};
/* Sends the slot's posts to this server from now on. If the target is the same as the previous one, does the
 * same as courier_try_now. Returns -1 if the secret is malformed, or as https_endpoint_new fails. */
int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e);
/* To be called when the slot's registration was removed: stops its delivery. */
void courier_clear(struct courier *c, int slot);
/* In the functions below, slots is a bit mask: bit n stands for slot n. */
/* To be called when new posts in these slots are on disk. */
void courier_wake(struct courier *c, unsigned slots);
/* To be called when posts of these slots were deleted, put back or changed in the store: posts that were
 * read ahead are read again. */
void courier_reread(struct courier *c, unsigned slots);
/* Returns 1 if the waiting post with this sequence may be replaced by a merged one: the server fails, or
 * delivery has not started, and the post was never sent. sequence 0: returns 1 if any post may be merged. */
int courier_may_merge(const struct courier *c, int slot, int64_t sequence);
/* To be called when the reason of a failure may be gone: tries these slots now, except those that are
 * parked. Their back-off begins with the shortest delay again. */
void courier_try_now(struct courier *c, unsigned slots);
/* Logs the slot's next failures and successes as if they were the first ones. */
void courier_log_anew(struct courier *c, int slot);
/* Ends the parking of a slot, if it is parked, and tries the slot now. */
void courier_unpark(struct courier *c, int slot);
/* Returns 1 if any post is under way. */
int courier_is_busy(const struct courier *c);
/* To be called every hour: drops posts that are too old, if the trusted date has not jumped for a day. */
void courier_check_date(struct courier *c);

struct courier_status { /* plain data */
	enum slot_state state;
	int has_failed;    /* the last try failed */
	unsigned attempts; /* failed tries in a row */
	int64_t next_ms;   /* milliseconds until the next try; -1: none is planned */
	int last_status;   /* HTTP status of the last answer; 0: there was no answer */
	char last_error[240];
	/* OpenSSL's number for the last server certificate, or VERIFY_REFUSED_BEFORE_HANDSHAKE; -1: none
	 * yet */
	long last_verdict;
	uint64_t delivered; /* posts since the start */
	/* 1: the last post was accepted with an HTML page, which a receiver of posts would not send */
	int answers_html;
};
void courier_status(const struct courier *c, int slot, struct courier_status *ret);

#endif
