/* SPDX-License-Identifier: MIT */
/* feedback: who registered for what; turns a change into posts in the outbox. */
#ifndef AGENT_FEEDBACK_H
#define AGENT_FEEDBACK_H

#include "base/err.h"
#include "doc/doc.h"
#include "store/store.h"
#include "wire/feedback.h"

struct feedback;

struct feedback_options {
	struct store *store; /* borrowed */
	/* Is the slot's server away, and was this post (0: any) never handed to it? Asked about slots that
	 * want their status merged. */
	int (*may_merge)(void *arg, int slot, int64_t sequence);
	void *arg;
};
/* Reads the registrations from the store. */
struct feedback *feedback_new(const struct feedback_options *o);
void feedback_free(struct feedback *f);
/* Reads them again: the store holds others. */
void feedback_read(struct feedback *f);

/* NULL when the slot (1..STORE_SLOTS) is vacant. Borrowed until the next change. */
const struct store_registration *feedback_get(const struct feedback *f, int slot);
/* The first vacant slot other than `reserved` (0: none is), 0 if all are taken. */
int feedback_vacant(const struct feedback *f, int reserved);

/* Judges every expression (ERR_INPUT: its number, what was expected), then writes it to the store. Takes
 * effect at once, durable with the next commit. */
int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e);
int feedback_clear(struct feedback *f, int slot, struct err *e);
/* The transaction with the last feedback_set or _clear is over: if it is not durable, the slot is again what
 * it was. */
void feedback_settle(struct feedback *f, int is_durable);
/* Does any slot want this change? No allocation: the common answer for most changes is no. */
int feedback_concerns(const struct feedback *f, const struct doc *change);
/* Adds a post to the outbox of every slot that wants it; where the registration says so and the server is
 * away, a change of the status takes the place of the post with those before. */
struct feedback_posted {
	unsigned slots, merged;
}; /* bit n for slot n; merged: a post that waited is gone */
int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who,
		  int64_t now_unix, struct feedback_posted *ret, struct err *e);
/* What was posted since the last commit is lost: nothing more is merged into what waits. */
void feedback_forget_pending(struct feedback *f);
/* The body of a post that tells a server what had to be dropped: an Event HttpFeedback Gap. */
void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who,
		  struct buf *body);
/* The body of a post that only tries the way: an Event HttpFeedback Test. */
void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body);

#endif
