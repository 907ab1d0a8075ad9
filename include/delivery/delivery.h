/* SPDX-License-Identifier: MIT */
/* delivery: HTTPS feedback. A server is registered in a slot, with expressions that say which changes it
 * wants (registrations.h). Each published change becomes a post in the queue, on disk, of every slot whose
 * expressions match it. Posts are sent to the slot's server until it accepts them; a post that the server
 * refuses permanently is kept as a dead letter (queue.h). testpost.h tests a slot's server without using its
 * queue.
 *
 * Other components change the same store in the same transaction. Therefore delivery does not commit by
 * itself: it calls commit or commit_soon of its owner, and the owner calls delivery_committed or
 * delivery_rolled_back when the transaction has ended. */
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
	/* Returns the trusted date in seconds since 1970, 0 while it is not known. */
	int64_t (*now)(void *arg);
	const struct wire_identity *(*identity)(void *arg);
	/* Commits the store's transaction now. Calls delivery_committed or delivery_rolled_back before it
	 * returns. */
	int (*commit)(void *arg, struct err *e);
	/* Called when delivery has changed the store: the owner commits in a later turn of the loop. */
	void (*commit_soon)(void *arg);
	/* Called when the state of the slot (1..STORE_SLOTS) may have changed: it has failed, works again,
	 * or was registered or deregistered. */
	void (*changed)(void *arg, int slot);
	/* Returns an https for one test post, which delivery frees. Verdicts on certificates in the test
	 * are not counted as those of the feedback service. */
	struct https *(*https_for_test)(void *arg);
	void *arg;
};

/* Reads the registrations from the store. Nothing is sent before delivery_start. */
struct delivery *delivery_new(const struct delivery_options *o);
/* Aborts the posts that are under way: they are on disk and are sent again after the next start. NULL is
 * allowed. */
void delivery_free(struct delivery *d);

/* Starts sending posts. Later calls do nothing. */
void delivery_start(struct delivery *d);
int delivery_has_started(const struct delivery *d);
/* Sends no more posts, waits up to limit_ms for the posts that are under way, then calls fn once. */
void delivery_stop(struct delivery *d, int64_t limit_ms, void (*fn)(void *arg), void *arg);

/* To be called when settings of feedback, verification or DNS have changed: uses the new settings from now
 * on. */
void delivery_configure(struct delivery *d);
/* To be called when the reason of a failure may be gone (the date, the roots or the DNS servers have
 * changed): tries all slots now. Their back-off begins with the shortest delay again. Slots that are parked
 * (HTTP 410) stay so. */
void delivery_try_now(struct delivery *d);
/* To be called when the network is back: tries now the slots whose last try got no answer. A slot that waits
 * because its server asked for it goes on waiting. */
void delivery_retry_unanswered(struct delivery *d);
/* To be called every hour: drops posts that are too old by the trusted date. */
void delivery_expire(struct delivery *d);
/* To be called when the store could not be read before, and now can: reads registrations and queues again. */
void delivery_reload(struct delivery *d);

/* Adds a post to the queue of each slot whose expressions match this change (root Status, Event or
 * Configuration). Returns 0; -1 with ERR_TOOLONG: the change is too long for a post and was added to no
 * queue; -1 with any other error: the store's transaction may hold only a part of the posts and must be
 * rolled back. */
int delivery_post(struct delivery *d, const struct doc *change, struct err *e);
/* To be called when the store was committed: sends the posts that are now on disk. */
void delivery_committed(struct delivery *d);
/* To be called when all changes of the store since the last commit are lost. */
void delivery_rolled_back(struct delivery *d);
/* Returns 1 if any post is under way. */
int delivery_is_busy(const struct delivery *d);

#endif
