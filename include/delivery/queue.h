/* SPDX-License-Identifier: MIT */
/* queue: shows and changes what waits in a feedback slot, and its dead letters: posts that their server will
 * never take. */
#ifndef DELIVERY_QUEUE_H
#define DELIVERY_QUEUE_H

#include "base/err.h"
#include "delivery/delivery.h"
#include "doc/doc.h"

#include <stdint.h>

enum queue_which { QUEUE_WAITING, QUEUE_DEAD };

struct queue_request {
	int slot;
	enum queue_which which;
	/* the post; of list the first one that is shown; of replay and purge 0: all of the slot */
	int64_t sequence;
	int64_t max; /* of list: so many at most */
};
/* All of these: ERR_NOTFOUND: the slot is not registered, or there is no such post. */

/* Adds an item Post to result for each. */
int queue_list(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* Adds all that is known of one post to result, its body too. */
int queue_show(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* Dead letters wait again, with their old ids and before all that came later; posts that wait are tried now
 * (ERR_CONFIG: the slot is parked). Adds to result how many they are (Count). */
int queue_replay(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* Deletes them for good; the server is told of the gap. */
int queue_purge(struct delivery *d, const struct queue_request *r, struct err *e);

#endif
