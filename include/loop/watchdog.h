/* SPDX-License-Identifier: MIT */
/* watchdog: gives the supervisor its signs of life while the loop turns, and for a while when it stands
 * still: a disk that is worn out, or busy with others, takes half a minute for one sync, and whoever kills
 * the process in the middle of it gains nothing. A loop that stands still for longer gives none, and is
 * killed. */
#ifndef LOOP_WATCHDOG_H
#define LOOP_WATCHDOG_H

#include "loop/loop.h"

#include <stdint.h>

struct watchdog;

struct watchdog_options {
	int64_t interval_ms; /* what the supervisor allows between two signs of life */
	int64_t limit_ms;    /* the loop may stand still for so long */
	void (*feed)(void);  /* gives a sign of life; must not use anything of the loop's thread */
};

/* Calls feed at once and then twice within each interval. If the interval is less than the limit, a thread
 * of its own calls feed while the loop stands still, for so long that the supervisor's patience ends at
 * the limit. Never returns NULL. */
struct watchdog *watchdog_new(struct loop *l, const struct watchdog_options *o);
/* Ends the thread, if there is one, before it returns. NULL is fine. */
void watchdog_free(struct watchdog *w);

#endif
