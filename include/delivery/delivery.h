/* SPDX-License-Identifier: MIT */
/* delivery: HTTPS feedback. Servers register for what they want to hear of (registrations.h); each change
 * that is published becomes a post in the queue of every slot that wants it, on disk; posts are sent to the
 * slots' servers until these have taken them, and what a server will never take is kept as a dead letter
 * (queue.h). testpost.h tries a slot's server without its queue.
 *
 * The store is shared with others, and one transaction of it holds what all of them changed. Therefore
 * delivery does not commit by itself: it asks its owner to, and its owner says what became of the
 * transaction. */
#ifndef DELIVERY_DELIVERY_H
#define DELIVERY_DELIVERY_H

#include "base/err.h"
#include "doc/doc.h"
#include "loop/loop.h"
#include "net/https.h"
#include "settings/settings.h"
#include "store/store.h"
#include "wire/post.h"

#include <stdint.h>

struct delivery;

struct delivery_options { /* everything is borrowed and must outlive the delivery */
	struct loop *loop;
	struct store *store;
	struct https *https;
	const struct settings_db *settings;
	/* The trusted date in seconds since 1970, 0 while it is not known. */
	int64_t (*now)(void *arg);
	const struct wire_identity *(*identity)(void *arg);
	/* Makes all that was changed in the store durable now; afterwards delivery_committed or
	 * delivery_rolled_back was called. */
	int (*commit)(void *arg, struct err *e);
	/* The store was changed: it is to be committed in one of the next turns of the loop. */
	void (*commit_soon)(void *arg);
	/* The state of a slot (1..STORE_SLOTS) is another one, or it was registered or deregistered. */
	void (*changed)(void *arg, int slot);
	/* An https of the caller's own, for one question that a person asks; its verdicts do not count as the
	 * service's. */
	struct https *(*https_for_test)(void *arg);
	void *arg;
};

/* Reads the registrations from the store. Nothing is sent before delivery_start. */
struct delivery *delivery_new(const struct delivery_options *o);
/* Posts that are under way are given up: they are on disk and go again at the next start. NULL is fine. */
void delivery_free(struct delivery *d);

/* Begins to send. Later calls do nothing. */
void delivery_start(struct delivery *d);
int delivery_has_started(const struct delivery *d);
/* Lets posts that are under way end, for limit_ms at most, sends nothing more, then calls fn once. */
void delivery_stop(struct delivery *d, int64_t limit_ms, void (*fn)(void *arg), void *arg);

/* Settings of feedback, of verification or of names have changed: each slot is sent by the new ones. */
void delivery_configure(struct delivery *d);
/* Something that posts waited for has changed (the date, the roots, names): all slots are tried now, and
 * their back-off begins anew. Slots whose servers said that they are gone (HTTP 410) stay parked. */
void delivery_try_now(struct delivery *d);
/* Time has passed: posts that are too old by the trusted date are dropped. To be called every hour. */
void delivery_expire(struct delivery *d);
/* The store, which could not be read before, can be: registrations and queues are read again. */
void delivery_reload(struct delivery *d);

/* Adds a post to the queue of each slot that wants this change (root Status, Event or Configuration). -1: to
 * none; ERR_FULL: the change is too long to be posted; any other error: the open transaction of the store is
 * damaged and must not be committed. */
int delivery_post(struct delivery *d, const struct doc *change, struct err *e);
/* Everything posted so far is on disk: it is sent now. */
void delivery_committed(struct delivery *d);
/* Everything posted, merged or changed since the last commit is lost. */
void delivery_rolled_back(struct delivery *d);
/* Is any post under way? */
int delivery_is_busy(const struct delivery *d);

#endif
