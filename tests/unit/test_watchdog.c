/* SPDX-License-Identifier: MIT */
/* Signs of life while the loop turns, while it stands still for a while, and none when it stands still for
 * long. */
#include "loop/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { INTERVAL_MS = 200, LIMIT_MS = 1000 };

static _Atomic int fed;
static _Atomic int64_t fed_ms,
	longest_ms; /* when feed was called last, and the longest time between two calls */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void feed(void)
{
	int64_t now = now_ms();
	if (fed++ && now - fed_ms > longest_ms)
		longest_ms = now - fed_ms;
	fed_ms = now;
}

static int setup(void **state)
{
	fed = 0;
	longest_ms = 0;
	*state = loop_new();
	return 0;
}

static int teardown(void **state)
{
	loop_free(*state);
	return 0;
}

static int threads(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/task");
	assert_non_null(d);
	for (struct dirent *at; (at = readdir(d));)
		n += at->d_name[0] != '.';
	closedir(d);
	return n;
}

static struct watchdog *begin(struct loop *l, int64_t limit_ms)
{
	return watchdog_new(l, &(struct watchdog_options){
				       .interval_ms = INTERVAL_MS, .limit_ms = limit_ms, .feed = feed });
}

static void a_loop_that_turns_is_alive(void **state)
{
	int before = threads();
	struct watchdog *w = begin(*state, INTERVAL_MS);
	assert_int_equal(fed, 1);
	assert_int_equal(threads(), before); /* the supervisor is patient enough: no thread is needed */
	loop_run_for(*state, 3 * INTERVAL_MS);
	assert_true(fed >= 4);
	watchdog_free(w);
}

/* As a sync does that takes longer than the supervisor waits. */
static void a_loop_that_stands_still_for_a_while_is_alive(void **state)
{
	struct watchdog *w = begin(*state, 100 * LIMIT_MS);
	loop_run_for(*state, INTERVAL_MS);
	int before = fed;
	usleep(4 * INTERVAL_MS * 1000);
	assert_true(fed - before >= 3);
	loop_run_for(*state, INTERVAL_MS);
	assert_true(longest_ms < 2 * INTERVAL_MS);
	watchdog_free(w);
}

static void a_loop_that_hangs_is_dead_at_the_limit(void **state)
{
	struct watchdog *w = begin(*state, LIMIT_MS);
	int64_t from = now_ms();
	usleep((LIMIT_MS + 2 * INTERVAL_MS) * 1000);
	assert_true(fed > 2);
	assert_true(fed_ms + INTERVAL_MS <= from + LIMIT_MS + INTERVAL_MS / 2);
	int before = fed;
	usleep(2 * INTERVAL_MS * 1000);
	assert_int_equal(fed, before);
	loop_run_for(*state, INTERVAL_MS); /* it turns again */
	assert_true(fed > before);
	watchdog_free(w);
	watchdog_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_loop_that_turns_is_alive, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loop_that_stands_still_for_a_while_is_alive, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_loop_that_hangs_is_dead_at_the_limit, setup, teardown),
	};
	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
