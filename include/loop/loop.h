/* SPDX-License-Identifier: MIT */
/* loop: the event loop. It calls a function when a descriptor is ready, a timer is due, or a signal has
 * arrived. Everything happens in one thread. A callback may free any handle, its own included. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;
struct loop_signal;

/* Returns the loop that programs use, made with libevent. Aborts if the kernel refuses. */
struct loop *loop_new(void);
/* Returns a loop for tests, whose clock stands still until loop_sim_advance moves it. Descriptors are really
 * polled, and loop_run_for waits real milliseconds for them while the clock stands still (timers armed with 0
 * run then, too). */
struct loop *loop_new_sim(void);
/* Moves the clock forward by ms, stopping at the time of each timer that becomes due, whose function it calls
 * then. At each stop it also serves the descriptors that are ready. */
void loop_sim_advance(struct loop *l, int64_t ms);
/* All handles of the loop must have been freed before. NULL is allowed. */
void loop_free(struct loop *l);

/* Runs until loop_stop is called; callbacks that are due in the same turn are still called. Must not be
 * called from a callback. */
void loop_run(struct loop *l);
/* Runs until loop_stop or until ms have passed and nothing more is ready (for 100 more turns at most).
 * Returns 1 if loop_stop was called, 0 if the time has passed. */
int loop_run_for(struct loop *l, int64_t ms);
void loop_stop(struct loop *l);
/* Returns the milliseconds since boot, read once a turn, so that they are the same in all callbacks of a
 * turn. This clock cannot be set (CLOCK_BOOTTIME; it also counts while the machine sleeps, so that a date
 * which is carried forward by it remains right). */
int64_t loop_now_ms(const struct loop *l);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
/* Calls fn(arg, ready) whenever fd (socket, pipe, terminal; not a plain file) is ready for one of `events` (a
 * sum; 0: none for now). It is level triggered; an error or hang-up counts as ready for all events. Free the
 * watch before the descriptor is closed. */
struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
			      void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_watch_free(struct loop_watch *w);

/* Returns a timer that is not armed. loop_timer_in arms it, or changes its time if it is armed, to call fn
 * once in ms from now; 0 means in the next turn, after the current callbacks. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_timer_in(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
int loop_timer_armed(const struct loop_timer *t);
/* Returns the milliseconds until the timer is due; -1: it is not armed. */
int64_t loop_timer_left(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

struct loop_signal *loop_signal(struct loop *l, int signo, void (*fn)(void *arg), void *arg);
void loop_signal_free(struct loop_signal *s);

/* Returns the version of libevent with which this process runs. Static. */
const char *loop_library_version(void);

#endif
