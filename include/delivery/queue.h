/* SPDX-License-Identifier: MIT */
/* queue: shows and changes the posts that wait in a feedback slot, and its dead letters: posts that the
 * server refused permanently. */
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
	/* for queue_list: the first post that is shown. For the others: the post; 0 (queue_replay,
	 * queue_purge only): all posts of the slot */
	int64_t sequence;
	int64_t max; /* queue_list: shows at most this many posts */
};
/* Each function returns 0, or -1 and *e. ERR_NOTFOUND: the slot is not registered, or there is no such
 * post. */

/* Adds an item Post to result for each post. */
int queue_list(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* Adds all data of one post to result, including its body. */
int queue_show(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* QUEUE_DEAD: puts dead letters back into the queue, with their old ids and before all later posts. Both
 * queues: DNS is asked again and the slot is tried now (QUEUE_WAITING of a parked slot: ERR_CONFIG). Adds the
 * number of posts to result, as Count. */
int queue_replay(struct delivery *d, const struct queue_request *r, struct doc *result, struct err *e);
/* Deletes posts permanently; the gap is reported to the server. */
int queue_purge(struct delivery *d, const struct queue_request *r, struct err *e);

#endif
