/* SPDX-License-Identifier: MIT */
/* watchdog: sends a supervisor such as systemd signs of life while the loop turns, and for some time while
 * the loop is blocked: a disk that is worn out or busy can take half a minute for one sync, and killing the
 * process during it would gain nothing. If the loop is blocked for longer, no signs of life are sent, and the
 * supervisor kills the process. */
#ifndef LOOP_WATCHDOG_H
#define LOOP_WATCHDOG_H

#include "loop/loop.h"

#include <stdint.h>

struct watchdog;

struct watchdog_options {
	int64_t interval_ms; /* the maximum interval between two signs of life that the supervisor allows */
	int64_t limit_ms;    /* time for which the loop may be blocked */
	void (*feed)(void);  /* sends a sign of life; must not use anything of the loop's thread */
};

/* Calls feed at once and then twice within each interval. If the interval is shorter than the limit, a
 * separate thread calls feed while the loop is blocked, until such a time that the supervisor acts at the
 * limit. Never returns NULL. */
struct watchdog *watchdog_new(struct loop *l, const struct watchdog_options *o);
/* Ends the thread, if there is one, before it returns. NULL is allowed. */
void watchdog_free(struct watchdog *w);

#endif
