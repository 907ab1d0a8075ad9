/* SPDX-License-Identifier: MIT */
/* feedback: keeps the registrations and converts changes to posts. For each slot whose expressions match a
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
	/* Returns 1 if a change of the status may be merged into the waiting post with this sequence (0: into
	 * any post). Called for slots that were registered with coalesce; see courier_may_merge. */
	int (*may_merge)(void *arg, int slot, int64_t sequence);
	void *arg;
};
/* Reads the registrations from the store. */
struct feedback *feedback_new(const struct feedback_options *o);
void feedback_free(struct feedback *f);
/* Reads the registrations from the store again. */
void feedback_read(struct feedback *f);

/* Returns the registration of the slot (1..STORE_SLOTS), borrowed until the next change; NULL: it is
 * vacant. */
const struct store_registration *feedback_get(const struct feedback *f, int slot);
/* Returns the first vacant slot other than `reserved` (0: no slot is reserved); 0: there is none. */
int feedback_vacant(const struct feedback *f, int reserved);
/* Returns the first slot whose registration is by the same asker (by_manager) and has the same URL, format
 * and expressions as r; 0: there is none. */
int feedback_slot_of(const struct feedback *f, const struct store_registration *r);

/* Checks every expression (ERR_INPUT: the message has its number and what was expected), then writes the
 * registration to the store. It takes effect at once, and is on disk with the next commit. If the slot is
 * registered for another URL, that registration is ended first, as by feedback_clear. */
int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e);
int feedback_clear(struct feedback *f, int slot, struct err *e);
/* Returns 1 if both URLs have the same host, port and path, however they are written. */
int feedback_is_same_url(const char *a, const char *b);
/* To be called after the transaction with the last feedback_set or feedback_clear has ended; is_durable says
 * whether it was committed. If not, the slot gets its former registration back. */
void feedback_change_ended(struct feedback *f, int is_durable);
/* Returns 1 if an expression of any slot matches this change. Allocates nothing, since for most changes the
 * answer is 0. */
int feedback_concerns(const struct feedback *f, const struct doc *change);
/* Adds a post to the queue of every slot whose expressions match the change. If a slot was registered with
 * coalesce and its server fails, a change of the status is merged with the slot's waiting post, and the
 * merged post replaces that post. */
struct feedback_posted { /* bit n stands for slot n */
	unsigned slots;  /* slots that got a post */
	unsigned merged; /* slots in which the post replaced a waiting one */
};
int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who,
		  int64_t now_unix, struct feedback_posted *ret, struct err *e);
/* To be called when the posts since the last commit are lost: no further change is merged into them. */
void feedback_forget_pending(struct feedback *f);
/* Writes the body of a post that tells a server which posts were dropped: an Event HttpFeedback Gap. */
void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who,
		  struct buf *body);
/* Writes the body of a test post: an Event HttpFeedback Test. */
void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body);

#endif
