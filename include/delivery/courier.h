/* SPDX-License-Identifier: MIT */
/* courier: takes due posts from the store to their servers, each slot on its own: strictly in order, one at a
 * time, or a window of them on as many connections, each with its sequence in a header. */
#ifndef AGENT_COURIER_H
#define AGENT_COURIER_H

#include "loop/loop.h"
#include "net/https.h"
#include "service/service.h"
#include "store/store.h"

struct courier;

struct courier_options {
	struct loop *loop;
	struct store *store; /* borrowed, like https */
	struct https *https;
	void (*changed)(void *arg, int slot); /* the slot's state is another one; never from within a call */
	void (*dirty)(void *arg);             /* the store was changed: commit soon */
	int64_t (*now)(void *arg);            /* the trusted date, 0 if it is not known */
	/* Writes the body of a post that tells of the slot's gap. */
	void (*gap)(void *arg, int slot, const struct store_slot *s, struct buf *body);
	void *arg;
};

struct courier *courier_new(const struct courier_options *o);
/* Gives up what is in flight: it is on disk and goes again at the next start. */
void courier_free(struct courier *c);
/* Finishes what is in flight (up to limit_ms), takes nothing new, then calls fn once. */
void courier_stop(struct courier *c, int64_t limit_ms, void (*fn)(void *arg), void *arg);

/* Delivers the slot's posts to this server from now on; the same again changes nothing but wakes it. */
struct courier_target {
	const char *url;
	int json;
	struct service_rules rules;
	int window;         /* 1: strict order */
	const char *secret; /* posts are signed with it (trust/hmac.h); NULL or "": they are not */
};
int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e);
/* The slot is gone. */
void courier_clear(struct courier *c, int slot);
/* There is something new (committed) in the slots of this mask (bit n for slot n). */
void courier_wake(struct courier *c, unsigned slots);
/* Posts of these slots were taken away, put back or changed by somebody else: nothing that was read before is
 * believed. */
void courier_look_again(struct courier *c, unsigned slots);
/* Is the slot's server away (or not tried yet), and was this post (0: any) never handed to it? */
int courier_may_merge(const struct courier *c, int slot, int64_t sequence);
/* Something that deliveries were waiting for has changed (date, anchors, names, or a person's wish): all
 * slots of the mask are tried at once and their back-off begins anew, but for those that are parked. */
void courier_retry(struct courier *c, unsigned slots);
/* An administrator, or a new registration, wants a slot delivered whose server said that it is gone: it is
 * tried at once. */
void courier_unpark(struct courier *c, int slot);
/* Is any post under way? */
int courier_is_busy(const struct courier *c);
/* Time has passed: posts may have grown too old. */
void courier_expire(struct courier *c);

enum courier_state { COURIER_OK, COURIER_FAILED };
struct courier_status {           /* plain data */
	enum courier_state state; /* Failed: the last try failed (it goes on being tried) */
	unsigned attempts;        /* failed ones in a row */
	int64_t next_ms;          /* until the next try; -1: none is due */
	int parked;               /* the server said 410: kept, over restarts too, and not tried */
	int last_status;          /* HTTP, 0: none */
	char last_error[240];
	long last_verdict;  /* of the last judged handshake; -1: none yet */
	uint64_t delivered; /* since start */
};
void courier_status(const struct courier *c, int slot, struct courier_status *ret);

#endif
