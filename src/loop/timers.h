/* SPDX-License-Identifier: MIT */
/* timers: a binary heap of timers, ordered by due time, then by the order of arming. It uses no clock and no
 * library. */
#ifndef LOOP_TIMERS_H
#define LOOP_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct loop_timer {
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	int64_t due_ms;
	uint64_t seq; /* number of the arming: orders timers that are due at the same time */
	size_t at;    /* place in the heap, from 1; 0: not armed */
};

struct timers {
	struct loop_timer **heap; /* heap[1] is due first; heap[0] is not used */
	size_t n, cap;
	uint64_t seq; /* the number that the next armed timer gets */
};

void timers_done(struct timers *h);
/* Arms the timer, or moves it if it is armed. */
void timers_put(struct timers *h, struct loop_timer *t, int64_t due_ms);
void timers_drop(struct timers *h, struct loop_timer *t);
/* Returns the timer that is due first; NULL if none is armed. */
struct loop_timer *timers_first(const struct timers *h);

#endif
