/* SPDX-License-Identifier: MIT */
#include "loop/watchdog.h"

#include "base/mem.h"
#include "base/monotonic.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { STACK_BYTES = 64 * 1024 };

struct watchdog {
	struct watchdog_options o;
	struct loop_timer *timer;
	_Atomic int64_t turned_ms; /* when the loop last turned, by now_ms */
	int has_thread;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int has_ended; /* 1: the thread has to end; guarded by lock */
};

/* Called while the loop turns. */
static void turned(void *arg)
{
	struct watchdog *w = arg;
	atomic_store(&w->turned_ms, monotonic_ms());
	w->o.feed();
	loop_timer_in(w->timer, w->o.interval_ms / 2);
}

/* The thread: sends signs of life in place of the loop. The supervisor waits for an interval after the last
 * one, so the last one is sent such a time before the limit. */
static void *stand_in(void *arg)
{
	struct watchdog *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->has_ended) {
		struct timespec until;
		int64_t at = monotonic_ms() + w->o.interval_ms / 4;
		until.tv_sec = at / 1000;
		until.tv_nsec = at % 1000 * 1000000;
		pthread_cond_timedwait(&w->wake, &w->lock, &until);
		int64_t still_ms = monotonic_ms() - atomic_load(&w->turned_ms);
		if (!w->has_ended && still_ms > w->o.interval_ms / 2 &&
		    still_ms <= w->o.limit_ms - w->o.interval_ms)
			w->o.feed();
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Starts the thread. Signals stay with the loop's thread. If no thread can be created, only the loop sends
 * signs of life. */
static void start_thread(struct watchdog *w)
{
	pthread_condattr_t clock;
	pthread_attr_t small;
	sigset_t all, before;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, &clock);
	pthread_condattr_destroy(&clock);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	w->has_thread = pthread_create(&w->thread, &small, stand_in, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&small);
}

struct watchdog *watchdog_new(struct loop *l, const struct watchdog_options *o)
{
	struct watchdog *w = mem_new(sizeof *w);
	w->o = *o;
	w->timer = loop_timer_new(l, turned, w);
	turned(w);
	if (o->interval_ms < o->limit_ms)
		start_thread(w);
	return w;
}

void watchdog_free(struct watchdog *w)
{
	if (!w)
		return;
	if (w->has_thread) {
		pthread_mutex_lock(&w->lock);
		w->has_ended = 1;
		pthread_cond_signal(&w->wake);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	loop_timer_free(w->timer);
	free(w);
}
