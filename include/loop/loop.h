/* SPDX-License-Identifier: MIT */
/* loop: calls you when a descriptor is ready, a timer is due, a signal came.
 * Everything happens in one thread. A callback may free any handle, its own included. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;
struct loop_signal;

/* The loop for programs, on libevent. Aborts if the kernel gives none. */
struct loop *loop_new(void);
/* A loop for tests whose clock stands still until loop_sim_advance moves it. Descriptors are polled for real,
 * and loop_run_for waits real milliseconds for them while the clock stands (timers armed with 0 run then,
 * too). */
struct loop *loop_new_sim(void);
/* Moves the clock by ms in order of due timers, running each at its own time, then returns. At each stop on
 * the way it serves the descriptors that are ready. */
void loop_sim_advance(struct loop *l, int64_t ms);
/* Every handle must have been freed before. NULL is fine. */
void loop_free(struct loop *l);

/* Runs until loop_stop; what is due or ready in the same turn is still called. Not from a callback. */
void loop_run(struct loop *l);
/* Runs until loop_stop or until ms have passed and nothing more is ready (100 turns later at most). Returns 1
 * if stopped, 0 if time ran out. */
int loop_run_for(struct loop *l, int64_t ms);
void loop_stop(struct loop *l);
/* Milliseconds since boot, read once a turn: the same in all callbacks of a turn. Nobody can set this clock
 * (CLOCK_BOOTTIME: time asleep counts, so a date carried forward by it stays right). */
int64_t loop_now_ms(const struct loop *l);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
/* fn(arg, ready) whenever fd (socket, pipe, terminal; not a plain file) is ready for one of `events` (a sum;
 * 0: none for now). Level triggered; an error or hang-up counts as ready for what was asked. Free it before
 * the descriptor is closed. */
struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
			      void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_watch_free(struct loop_watch *w);

/* A timer, at first not armed. loop_timer_in arms it (again) to call fn once in ms from now; 0 means after
 * the current callbacks, in the next turn. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_timer_in(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
int loop_timer_armed(const struct loop_timer *t);
/* Milliseconds until it is due, -1 if not armed. */
int64_t loop_timer_left(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

struct loop_signal *loop_signal(struct loop *l, int signo, void (*fn)(void *arg), void *arg);
void loop_signal_free(struct loop_signal *s);

#endif
