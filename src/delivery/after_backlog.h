/* SPDX-License-Identifier: MIT */
/* after_backlog: returns memory to the system when a backlog has been delivered, so that the agent needs as
 * little memory as before the backlog. */
#ifndef DELIVERY_AFTER_BACKLOG_H
#define DELIVERY_AFTER_BACKLOG_H

#include "loop/loop.h"
#include "store/store.h"

struct after_backlog;

/* loop and store are borrowed and must live longer. */
struct after_backlog *after_backlog_new(struct loop *loop, struct store *store);
/* NULL is allowed. */
void after_backlog_free(struct after_backlog *a);
/* To be called for each post that has left the queue. When many posts have left, and no post has waited in
 * any slot for a while, memory is returned; the next time is after many more posts have left. */
void after_backlog_left(struct after_backlog *a);

#endif
