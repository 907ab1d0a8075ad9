/* SPDX-License-Identifier: MIT */
/* Work in a thread of its own, while the loop goes on. */
#include "loop/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

struct work {
	struct loop *loop;
	struct job *job;
	pthread_t thread; /* in which it was done */
	atomic_int goes_on, stopped;
	int ticks, done;
};

static void wait_for_tick(void *arg, const atomic_int *stop)
{
	struct work *w = arg;
	w->thread = pthread_self();
	while (!atomic_load(&w->goes_on) && !atomic_load(stop))
		usleep(1000);
	atomic_store(&w->stopped, atomic_load(stop));
}

static void on_tick(void *arg)
{
	struct work *w = arg;
	w->ticks++;
	atomic_store(&w->goes_on, 1);
}

static void on_done(void *arg)
{
	struct work *w = arg;
	w->done++;
	loop_stop(w->loop);
}

static void the_loop_goes_on_meanwhile(void **state)
{
	(void)state;
	struct work w = { .loop = loop_new() };
	struct loop_timer *t = loop_timer_new(w.loop, on_tick, &w);
	loop_timer_in(t, 10);
	w.job = job_start(&(struct job_options){ w.loop, wait_for_tick, on_done, &w });
	assert_int_equal(w.done, 0);
	loop_run(w.loop);
	assert_int_equal(w.ticks, 1); /* the work waited for it */
	assert_int_equal(w.done, 1);
	assert_false(pthread_equal(w.thread, pthread_self()));
	loop_timer_free(t);
	loop_free(w.loop);
}

static void cancelled_work_stops_and_tells_nobody(void **state)
{
	(void)state;
	struct work w = { .loop = loop_new() };
	w.job = job_start(&(struct job_options){ w.loop, wait_for_tick, on_done, &w });
	job_cancel(w.job);
	assert_int_equal(atomic_load(&w.stopped), 1);
	loop_run_for(w.loop, 0);
	assert_int_equal(w.done, 0);
	job_cancel(NULL);
	loop_free(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loop_goes_on_meanwhile),
		cmocka_unit_test(cancelled_work_stops_and_tells_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
