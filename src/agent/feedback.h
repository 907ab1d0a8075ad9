/* feedback: who registered for what; turns a change into posts in the outbox. */
#ifndef AGENT_FEEDBACK_H
#define AGENT_FEEDBACK_H

#include "base/err.h"
#include "doc/doc.h"
#include "store/store.h"
#include "wire/feedback.h"

struct feedback;

/* Reads the registrations from the store (borrowed). */
struct feedback *feedback_new(struct store *s);
void feedback_free(struct feedback *f);

/* NULL when the slot (1..STORE_SLOTS) is vacant. Borrowed until the next change. */
const struct store_registration *feedback_get(const struct feedback *f, int slot);
/* The first vacant slot other than `reserved` (0: none is), 0 if all are taken. */
int feedback_vacant(const struct feedback *f, int reserved);

/* Judges every expression (ERR_INPUT: its number, what was expected), then writes it to the store. Takes effect at once,
 * durable with the next commit. */
int feedback_set(struct feedback *f, const struct store_registration *r, struct err *e);
int feedback_clear(struct feedback *f, int slot, struct err *e);
/* The transaction with the last feedback_set or _clear is over: if it is not durable, the slot is again what it was. */
void feedback_settle(struct feedback *f, int is_durable);
/* Does any slot want this change? No allocation: the common answer for most changes is no. */
int feedback_concerns(const struct feedback *f, const struct doc *change);
/* Adds a post to the outbox of every slot that wants it. *ret_slots: bit n for slot n. */
int feedback_post(struct feedback *f, const struct doc *change, const struct wire_identity *who, int64_t now_unix,
		  unsigned *ret_slots, struct err *e);
/* The body of a post that tells a server what had to be dropped: an Event HttpFeedback Gap. */
void feedback_gap(struct feedback *f, int slot, const struct store_slot *s, const struct wire_identity *who, struct buf *body);
/* The body of a post that only tries the way: an Event HttpFeedback Test. */
void feedback_test(struct feedback *f, int slot, const struct wire_identity *who, struct buf *body);

#endif
