/* SPDX-License-Identifier: MIT */
/* loop: libevent waits for descriptors and signals. Timers are kept in our own heap (timers.h), because tests
 * move the clock themselves; libevent has only one timer, for the first one of the heap. */
#include "loop/loop.h"

#include "base/mem.h"
#include "timers.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	SIM_BEGIN_MS = 1000, /* not 0, so that tests find code that interprets the time 0 as "never" */
	LATE_TURNS = 100,
};

struct loop {
	struct event_base *base;
	struct event *wake;     /* ends the wait when the first timer is due */
	struct event *deadline; /* ends loop_run_for */
	struct timers timers;
	int64_t now_ms;    /* the time of this turn; in a loop for tests, its clock */
	uint64_t turn_seq; /* timers that are armed in this turn have this number or a higher one */
	int in_turn;
	int stopped, ran_out;
	int is_sim;
};

struct loop_watch {
	struct loop *loop;
	struct event *event;
	void (*fn)(void *arg, unsigned ready);
	void *arg;
	unsigned events;
};

struct loop_signal {
	struct loop *loop;
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

static void *must(void *p, const char *what)
{
	if (!p) {
		fprintf(stderr, "loop: no %s\n", what);
		abort();
	}
	return p;
}

static void must_add(struct event *event)
{
	if (event_add(event, NULL) < 0) {
		fprintf(stderr, "loop: descriptor or signal %d cannot be watched\n", event_get_fd(event));
		abort();
	}
}

/* Arms libevent's timer, or changes its time, to call back in this many milliseconds. */
static void event_in(struct event *timer, int64_t ms)
{
	const struct timeval in = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };
	if (evtimer_add(timer, &in) < 0)
		must(NULL, "memory for a timer");
}

/* --- turns --- */

static int64_t clock_ms(const struct loop *l)
{
	if (l->is_sim)
		return l->now_ms;
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Begins a turn. Called by the first callback of a turn, since libevent has no hook between waiting and
 * calling back. */
static void turn_begin(struct loop *l)
{
	if (l->in_turn)
		return;
	l->now_ms = clock_ms(l);
	l->turn_seq = l->timers.seq;
	l->in_turn = 1;
}

static int run_due(struct loop *l)
{
	struct loop_timer *t;
	int any = 0;
	while ((t = timers_first(&l->timers)) && t->due_ms <= l->now_ms && t->seq < l->turn_seq) {
		timers_drop(&l->timers, t);
		t->fn(t->arg);
		any = 1;
	}
	return any;
}

/* Tells libevent how long it may wait. */
static void set_wake(struct loop *l, const struct loop_timer *first)
{
	if (first && !l->is_sim)
		event_in(l->wake, first->due_ms - l->now_ms);
	else
		evtimer_del(l->wake);
}

/* Waits until something is ready or due, unless `flags` forbids waiting, and calls all callbacks. Returns 1
 * if there was any. */
static int turn(struct loop *l, int flags)
{
	const struct loop_timer *first = timers_first(&l->timers);
	l->now_ms = clock_ms(l);
	if (first && first->due_ms <= l->now_ms)
		flags |= EVLOOP_NONBLOCK;
	else
		set_wake(l, first);
	event_base_loop(l->base, flags | EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
	int any = l->in_turn;
	turn_begin(l);
	any |= run_due(l);
	l->in_turn = 0;
	return any;
}

/* Does nothing: the turn checks the timers after each wait. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	(void)fd, (void)what;
	l->ran_out = l->stopped = 1;
}

/* --- life --- */

struct loop *loop_new(void)
{
	struct loop *l = mem_new(sizeof *l);
	struct event_config *c = must(event_config_new(), "event configuration");
	event_config_set_flag(c, EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK |
					 EVENT_BASE_FLAG_PRECISE_TIMER);
	l->base = must(event_base_new_with_config(c), "event base");
	event_config_free(c);
	l->wake = must(evtimer_new(l->base, on_wake, l), "timer");
	l->deadline = must(evtimer_new(l->base, on_deadline, l), "timer");
	return l;
}

struct loop *loop_new_sim(void)
{
	struct loop *l = loop_new();
	l->is_sim = 1;
	l->now_ms = SIM_BEGIN_MS;
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	event_free(l->wake);
	event_free(l->deadline);
	event_base_free(l->base);
	timers_done(&l->timers);
	free(l);
}

void loop_sim_advance(struct loop *l, int64_t ms)
{
	int64_t end_ms = l->now_ms + ms;
	for (;;) {
		turn(l, EVLOOP_NONBLOCK);
		const struct loop_timer *first = timers_first(&l->timers);
		int64_t next_ms = first && first->due_ms < end_ms ? first->due_ms : end_ms;
		if (next_ms > l->now_ms)
			l->now_ms = next_ms;
		else if (!first || first->due_ms > l->now_ms)
			return;
	}
}

void loop_run(struct loop *l)
{
	for (l->stopped = 0; !l->stopped;)
		turn(l, 0);
}

int loop_run_for(struct loop *l, int64_t ms)
{
	l->ran_out = 0;
	event_in(l->deadline, ms < 0 ? 0 : ms);
	loop_run(l);
	evtimer_del(l->deadline);
	/* if other processes used up the time, descriptors that are ready by now are still served */
	for (int i = 0; l->ran_out && i < LATE_TURNS && turn(l, EVLOOP_NONBLOCK); i++)
		;
	return !l->ran_out;
}

void loop_stop(struct loop *l)
{
	l->stopped = 1;
}

int64_t loop_now_ms(const struct loop *l)
{
	return l->in_turn ? l->now_ms : clock_ms(l);
}

/* --- descriptors --- */

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	struct loop_watch *w = arg;
	turn_begin(w->loop);
	unsigned ready = (what & EV_READ ? LOOP_READ : 0U) | (what & EV_WRITE ? LOOP_WRITE : 0U);
	w->fn(w->arg, ready);
}

struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
			      void *arg)
{
	struct loop_watch *w = mem_new(sizeof *w);
	*w = (struct loop_watch){ .loop = l, .fn = fn, .arg = arg };
	w->event = must(event_new(l->base, fd, EV_PERSIST, on_ready, w), "event");
	loop_watch_set(w, events);
	return w;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
	if (events == w->events)
		return;
	short what = (short)((events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0));
	event_del(w->event);
	event_assign(w->event, w->loop->base, event_get_fd(w->event), (short)(what | EV_PERSIST), on_ready,
		     w);
	w->events = events;
	if (what)
		must_add(w->event);
}

void loop_watch_free(struct loop_watch *w)
{
	if (!w)
		return;
	event_free(w->event);
	free(w);
}

/* --- timers --- */

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct loop_timer *t = mem_new(sizeof *t);
	*t = (struct loop_timer){ .loop = l, .fn = fn, .arg = arg };
	return t;
}

void loop_timer_in(struct loop_timer *t, int64_t ms)
{
	int64_t now_ms = loop_now_ms(t->loop), longest = INT64_MAX - now_ms;
	timers_put(&t->loop->timers, t, now_ms + (ms < 0 ? 0 : ms > longest ? longest : ms));
}

void loop_timer_stop(struct loop_timer *t)
{
	timers_drop(&t->loop->timers, t);
}

int loop_timer_armed(const struct loop_timer *t)
{
	return t->at != 0;
}

int64_t loop_timer_left(const struct loop_timer *t)
{
	if (!t->at)
		return -1;
	int64_t left_ms = t->due_ms - loop_now_ms(t->loop);
	return left_ms > 0 ? left_ms : 0;
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	loop_timer_stop(t);
	free(t);
}

/* --- signals --- */

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct loop_signal *s = arg;
	turn_begin(s->loop);
	s->fn(s->arg);
}

struct loop_signal *loop_signal(struct loop *l, int signo, void (*fn)(void *arg), void *arg)
{
	struct loop_signal *s = mem_new(sizeof *s);
	*s = (struct loop_signal){ .loop = l, .fn = fn, .arg = arg };
	s->event = must(evsignal_new(l->base, signo, on_signal, s), "signal event");
	must_add(s->event);
	return s;
}

void loop_signal_free(struct loop_signal *s)
{
	if (!s)
		return;
	event_free(s->event);
	free(s);
}

const char *loop_library_version(void)
{
	return event_get_version();
}
