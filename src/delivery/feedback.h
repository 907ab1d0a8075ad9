/* SPDX-License-Identifier: MIT */
/* feedback: knows which slot wants to hear of what, and makes posts of changes: a body for each slot that
 * wants the change, added to the slot's queue in the store. */
#ifndef DELIVERY_FEEDBACK_H
#define DELIVERY_FEEDBACK_H

#include "base/err.h"
#include "doc/doc.h"
#include "store/store.h"
#include "wire/post.h"

struct feedback;

struct feedback_options {
	struct store *store; /* borrowed */
	/* May a change of the status be merged into a post that waits, of this sequence (0: whichever)? Asked
	 * about slots whose registration wants that: courier_may_merge. */
	int (*may_merge)(void *arg, int slot, int64_t sequence);
	void *arg;
};
/* Reads the registrations from the store. */
struct feedback *feedback_new(const struct feedback_options *o);
void feedback_free(struct feedback *f);
/* Reads them again. */
void feedback_read(struct feedback *f);

/* NULL when the slot (1..STORE_SLOTS) is vacant. Borrowed until the next change. */
const struct store_registration *feedback_get(const struct feedback *f, int slot);
/* The first vacant slot other than `reserved` (0: none is), 0 if all are taken. */
int feedback_vacant(const struct feedback *f, int reserved);

/* Checks every expression (ERR_INPUT: its number, what was expected), then writes the registration to the
 * store. Takes effect at once, and is durable with the next commit. */
int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e);
int feedback_clear(struct feedback *f, int slot, struct err *e);
/* Says whether the transaction with the last feedback_set or feedback_clear was committed; if not, the slot
 * is again what it was. */
void feedback_settle(struct feedback *f, int is_durable);
/* Does any slot want this change? Allocates nothing, since for most changes the answer is no. */
int feedback_concerns(const struct feedback *f, const struct doc *change);
/* Adds a post to the queue of every slot that wants the change. Where the registration says so and the server
 * is away, a change of the status is merged with those that wait, and the merged post takes their place. */
struct feedback_posted { /* bit n for slot n */
	unsigned slots;  /* got a post */
	unsigned merged; /* ... in the place of one that waited */
};
int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who,
		  int64_t now_unix, struct feedback_posted *ret, struct err *e);
/* The posts since the last commit are lost: nothing more is merged into them. */
void feedback_forget_pending(struct feedback *f);
/* The body of a post that tells a server which posts were dropped: an Event HttpFeedback Gap. */
void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who,
		  struct buf *body);
/* The body of a test post: an Event HttpFeedback Test. */
void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body);

#endif
