/* SPDX-License-Identifier: MIT */
/* feedback: holds the registrations and turns changes into posts. For each slot whose expressions match a
 * change, it writes a body and adds the post to the slot's queue in the store. */
#ifndef DELIVERY_FEEDBACK_H
#define DELIVERY_FEEDBACK_H

#include "base/err.h"
#include "doc/doc.h"
#include "store/store.h"
#include "wire/post.h"

struct feedback;

struct feedback_options {
	struct store *store; /* borrowed */
	/* May a change of the status be merged into the waiting post with this sequence (0: into any)?
	 * Called for slots that were registered with coalesce; see courier_may_merge. */
	int (*may_merge)(void *arg, int slot, int64_t sequence);
	void *arg;
};
/* Reads the registrations from the store. */
struct feedback *feedback_new(const struct feedback_options *o);
void feedback_free(struct feedback *f);
/* Reads the registrations from the store again. */
void feedback_read(struct feedback *f);

/* NULL when the slot (1..STORE_SLOTS) is vacant. Borrowed until the next change. */
const struct store_registration *feedback_get(const struct feedback *f, int slot);
/* Returns the first vacant slot other than `reserved` (0: no slot is reserved); 0: there is none. */
int feedback_vacant(const struct feedback *f, int reserved);

/* Checks every expression (ERR_INPUT: its number, what was expected), then writes the registration to the
 * store. Takes effect at once, and is durable with the next commit. */
int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e);
int feedback_clear(struct feedback *f, int slot, struct err *e);
/* To be called after the transaction with the last feedback_set or feedback_clear has ended; is_durable
 * says whether it was committed. If not, the slot gets its former registration back. */
void feedback_change_ended(struct feedback *f, int is_durable);
/* Does any slot's expression match this change? Allocates nothing: for most changes the answer is no. */
int feedback_concerns(const struct feedback *f, const struct doc *change);
/* Adds a post to the queue of every slot whose expressions match the change. For slots that were registered
 * with coalesce and whose server fails, a change of the status is merged with the waiting post, which the
 * merged post replaces. */
struct feedback_posted { /* bit n for slot n */
	unsigned slots;  /* these slots got a post */
	unsigned merged; /* in these slots the post replaced a waiting one */
};
int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who,
		  int64_t now_unix, struct feedback_posted *ret, struct err *e);
/* To be called when the posts since the last commit are lost: no change is merged into them any more. */
void feedback_forget_pending(struct feedback *f);
/* Writes the body of a post that reports to a server which posts were dropped: an Event HttpFeedback Gap. */
void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who,
		  struct buf *body);
/* Writes the body of a test post: an Event HttpFeedback Test. */
void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body);

#endif
