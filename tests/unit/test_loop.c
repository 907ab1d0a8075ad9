/* SPDX-License-Identifier: MIT */
/* loop: both clocks behind one contract. */
#include "loop/loop.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct note {
	char text[256];
	struct loop *loop;
	struct loop_timer *timer, *other;
	struct loop_watch *watch;
	struct loop_signal *signal;
	int64_t at_ms;
	int calls, fd;
};

static void add(struct note *n, char c)
{
	size_t len = strlen(n->text);
	if (len + 1 < sizeof n->text)
		n->text[len] = c;
}

static void say_a(void *arg)
{
	add(arg, 'a');
}
static void say_b(void *arg)
{
	add(arg, 'b');
}
static void say_c(void *arg)
{
	add(arg, 'c');
}

static void remember_time(void *arg)
{
	struct note *n = arg;
	n->at_ms = loop_now_ms(n->loop);
	n->calls++;
}

static void stop(void *arg)
{
	struct note *n = arg;
	n->calls++;
	loop_stop(n->loop);
}

static void timers_run_in_order_of_due_time_then_of_arming(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new_sim() };
	struct loop_timer *a = loop_timer_new(n.loop, say_a, &n), *b = loop_timer_new(n.loop, say_b, &n);
	struct loop_timer *c = loop_timer_new(n.loop, say_c, &n);
	loop_timer_in(c, 10);
	loop_timer_in(b, 5);
	loop_timer_in(a, 10);
	assert_int_equal(loop_timer_left(c), 10);
	loop_sim_advance(n.loop, 4);
	assert_string_equal(n.text, "");
	assert_int_equal(loop_timer_left(c), 6);
	loop_sim_advance(n.loop, 6);
	assert_string_equal(n.text, "bca");
	assert_int_equal(loop_timer_left(c), -1);
	assert_false(loop_timer_armed(c));
	loop_timer_in(a, 3);
	loop_timer_in(a, 30); /* moved, not doubled */
	loop_timer_in(b, 20);
	loop_timer_stop(b);
	loop_sim_advance(n.loop, 29);
	assert_string_equal(n.text, "bca");
	loop_sim_advance(n.loop, 1);
	assert_string_equal(n.text, "bcaa");
	loop_timer_free(a);
	loop_timer_free(b);
	loop_timer_free(c);
	loop_free(n.loop);
}

static void many_timers_keep_their_order(void **state)
{
	(void)state;
	enum { MANY = 500 };
	struct note n[MANY];
	struct loop *l = loop_new_sim();
	int64_t begin_ms = loop_now_ms(l);
	unsigned x = 1;
	for (int i = 0; i < MANY; i++) {
		n[i] = (struct note){ .loop = l };
		n[i].timer = loop_timer_new(l, remember_time, &n[i]);
	}
	int64_t due_ms[MANY];
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < MANY; i++) {
			x = x * 1103515245 + 12345;
			due_ms[i] = x >> 16 & 1023;
			loop_timer_in(n[i].timer, due_ms[i]);
			if (round < 2 && i % 3 == 0)
				loop_timer_stop(n[i].timer);
		}
	loop_sim_advance(l, 1024);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(n[i].calls, 1);
		assert_int_equal(n[i].at_ms - begin_ms, due_ms[i]); /* each at its own time */
		loop_timer_free(n[i].timer);
	}
	loop_free(l);
}

static void say_written(void *arg, unsigned ready)
{
	(void)ready;
	struct note *n = arg;
	add(n, 'W');
	if (strlen(n->text) >= 8)
		loop_stop(n->loop);
}

static void rearm_at_once(void *arg)
{
	struct note *n = arg;
	add(n, 'r');
	if (++n->calls < 3)
		loop_timer_in(n->timer, 0);
	if (n->calls == 1)
		loop_timer_in(n->other, 0);
}

static void a_zero_timer_waits_for_the_next_turn(void **state)
{
	(void)state;
	struct loop *loops[] = { loop_new_sim(), loop_new() };
	for (int i = 0; i < 2; i++) {
		struct note n = { .loop = loops[i] };
		n.timer = loop_timer_new(n.loop, rearm_at_once, &n);
		n.other = loop_timer_new(n.loop, say_b, &n);
		struct loop_timer *a = loop_timer_new(n.loop, say_a, &n);
		loop_timer_in(n.timer, 0);
		loop_timer_in(a, 0);
		assert_string_equal(n.text, ""); /* never before the call returned */
		assert_int_equal(loop_run_for(n.loop, 100), 0);
		assert_string_equal(n.text, "rarbr");
		loop_timer_free(a);
		loop_timer_free(n.timer);
		loop_timer_free(n.other);
		loop_free(n.loop);
	}
}

static void count_down(void *arg)
{
	struct note *n = arg;
	if (n->calls-- > 0)
		loop_timer_in(n->timer, 0);
}

static void what_is_ready_when_time_is_over_is_served(void **state)
{
	(void)state;
	struct loop *loops[] = { loop_new_sim(), loop_new() };
	for (int i = 0; i < 2; i++) {
		struct note n = { .loop = loops[i], .calls = 10 };
		n.timer = loop_timer_new(n.loop, count_down, &n);
		loop_timer_in(n.timer, 0);
		assert_int_equal(loop_run_for(n.loop, 0), 0);
		assert_int_equal(n.calls, -1);
		n.calls = INT_MAX; /* and who never comes to an end is left alone some time */
		loop_timer_in(n.timer, 0);
		assert_int_equal(loop_run_for(n.loop, 0), 0);
		assert_true(n.calls > 0 && n.calls < INT_MAX - 10);
		loop_timer_free(n.timer);
		loop_free(n.loop);
	}
}

static void a_timer_that_rearms_itself_does_not_starve_descriptors(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	struct note n = { .loop = loop_new(), .fd = fd[1] };
	n.timer = loop_timer_new(n.loop, rearm_at_once, &n);
	n.other = loop_timer_new(n.loop, say_b, &n);
	n.watch = loop_watch(n.loop, fd[1], LOOP_WRITE, say_written, &n);
	loop_timer_in(n.timer, 0);
	assert_int_equal(loop_run_for(n.loop, 5000), 1);
	assert_string_equal(n.text, "WrWrbWrW"); /* a turn each: descriptors, then timers */
	loop_watch_free(n.watch);
	loop_timer_free(n.timer);
	loop_timer_free(n.other);
	close(fd[0]);
	close(fd[1]);
	loop_free(n.loop);
}

static void free_both(void *arg)
{
	struct note *n = arg;
	add(n, 'f');
	loop_timer_free(n->timer);
	loop_timer_free(n->other);
	n->timer = n->other = NULL;
}

static void a_callback_may_free_any_timer(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new_sim() };
	n.timer = loop_timer_new(n.loop, free_both, &n);
	n.other = loop_timer_new(n.loop, say_b, &n);
	loop_timer_in(n.timer, 5);
	loop_timer_in(n.other, 5);
	loop_sim_advance(n.loop, 50);
	assert_string_equal(n.text, "f");
	loop_timer_free(NULL);
	loop_free(n.loop);
}

static void extreme_durations_are_clamped(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new() };
	struct loop_timer *a = loop_timer_new(n.loop, say_a, &n), *b = loop_timer_new(n.loop, stop, &n);
	loop_timer_in(a, INT64_MAX);
	assert_true(loop_timer_left(a) > INT64_MAX / 2);
	assert_int_equal(loop_run_for(n.loop, 2), 0); /* the kernel takes such a wait */
	loop_timer_in(b, -5);
	assert_int_equal(loop_timer_left(b), 0);
	assert_int_equal(loop_run_for(n.loop, 1000), 1);
	assert_string_equal(n.text, "");
	loop_timer_free(a);
	loop_timer_free(b);
	loop_free(n.loop);
}

static void real_time_passes_and_is_read_once_a_turn(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new() };
	struct loop_timer *t = loop_timer_new(n.loop, stop, &n);
	int64_t begin_ms = loop_now_ms(n.loop);
	loop_timer_in(t, 30);
	assert_int_equal(loop_run_for(n.loop, 5000), 1);
	int64_t took_ms = loop_now_ms(n.loop) - begin_ms;
	assert_true(took_ms >= 30 && took_ms < 1000);
	loop_timer_in(t, 5000);
	begin_ms = loop_now_ms(n.loop);
	assert_int_equal(loop_run_for(n.loop, 20), 0);
	assert_true(loop_now_ms(n.loop) - begin_ms >= 20);
	assert_int_equal(n.calls, 1);
	loop_timer_free(t);
	loop_free(n.loop);
}

static void slow(void *arg)
{
	struct note *n = arg;
	int64_t before_ms = loop_now_ms(n->loop);
	nanosleep(&(struct timespec){ .tv_nsec = 15000000 }, NULL);
	assert_int_equal(loop_now_ms(n->loop), before_ms);
	n->at_ms = before_ms;
	loop_stop(n->loop);
}

static void the_clock_stands_during_a_turn(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new() };
	struct loop_timer *t = loop_timer_new(n.loop, slow, &n);
	loop_timer_in(t, 0);
	loop_run(n.loop);
	assert_true(loop_now_ms(n.loop) >= n.at_ms + 15);
	loop_timer_free(t);
	loop_free(n.loop);
}

static void on_fd(void *arg, unsigned ready)
{
	struct note *n = arg;
	char c;
	if (ready & LOOP_READ)
		add(n, read(n->fd, &c, 1) == 1 ? c : '.');
	if (ready & LOOP_WRITE)
		add(n, 'W');
	if (++n->calls == 4)
		loop_watch_set(n->watch, 0);
}

static void descriptors_are_served_by_both_loops(void **state)
{
	(void)state;
	struct loop *loops[] = { loop_new_sim(), loop_new() };
	for (int i = 0; i < 2; i++) {
		int fd[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		struct note n = { .loop = loops[i], .fd = fd[0] };
		n.watch = loop_watch(n.loop, fd[0], LOOP_READ, on_fd, &n);
		loop_run_for(n.loop, 5);
		assert_int_equal(n.calls, 0);
		assert_int_equal(write(fd[1], "xy", 2), 2);
		loop_run_for(n.loop, 5); /* level triggered: called until all is read */
		assert_string_equal(n.text, "xy");
		loop_watch_set(n.watch, LOOP_READ | LOOP_WRITE);
		loop_run_for(n.loop, 5);
		assert_string_equal(n.text, "xyWW");
		assert_int_equal(n.calls, 4); /* events 0: quiet */
		loop_watch_set(n.watch, LOOP_READ);
		close(fd[1]);
		n.calls = 3;
		loop_run_for(n.loop, 5); /* a hang-up counts as ready */
		assert_string_equal(n.text, "xyWW.");
		loop_watch_free(n.watch);
		close(fd[0]);
		loop_free(n.loop);
	}
	loop_watch_free(NULL);
}

static void free_other_watch(void *arg, unsigned ready)
{
	(void)ready;
	struct note *n = arg;
	n->calls++;
	loop_watch_free(n->watch);
	n->watch = NULL;
}

struct pair {
	struct note note;
	struct loop_watch *mine, *other;
};

static void free_pair(void *arg, unsigned ready)
{
	(void)ready;
	struct pair *p = arg;
	p->note.calls++;
	loop_watch_free(p->mine);
	loop_watch_free(p->other);
	p->mine = p->other = NULL;
}

static void a_callback_may_free_any_watch(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	struct note n = { .loop = loop_new() };
	n.watch = loop_watch(n.loop, fd[1], LOOP_WRITE, free_other_watch, &n);
	loop_run_for(n.loop, 5);
	assert_int_equal(n.calls, 1);

	struct pair p = { .note.loop = n.loop };
	int copy = dup(fd[1]);
	p.mine = loop_watch(n.loop, fd[1], LOOP_WRITE, free_pair,
			    &p); /* both are ready in one turn: one is served */
	p.other = loop_watch(n.loop, copy, LOOP_WRITE, free_pair, &p);
	loop_run_for(n.loop, 5);
	assert_int_equal(p.note.calls, 1);
	close(copy);
	close(fd[0]);
	close(fd[1]);
	loop_free(n.loop);
}

static void the_simulation_serves_descriptors_on_its_way(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	struct note n = { .loop = loop_new_sim(), .fd = fd[0] };
	n.watch = loop_watch(n.loop, fd[0], LOOP_READ, on_fd, &n);
	struct loop_timer *a = loop_timer_new(n.loop, say_a, &n);
	loop_timer_in(a, 1000);
	assert_int_equal(write(fd[1], "x", 1), 1);
	loop_sim_advance(n.loop, 2000);
	assert_string_equal(n.text, "xa");
	loop_timer_free(a);
	loop_watch_free(n.watch);
	close(fd[0]);
	close(fd[1]);
	loop_free(n.loop);
}

static void free_signal(void *arg)
{
	struct note *n = arg;
	n->calls++;
	loop_signal_free(n->signal);
	n->signal = NULL;
	loop_stop(n->loop);
}

static void signals_arrive(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new() };
	struct loop_signal *s = loop_signal(n.loop, SIGHUP, stop, &n);
	kill(getpid(), SIGHUP);
	assert_int_equal(n.calls, 0); /* not in the handler: in a turn */
	assert_int_equal(loop_run_for(n.loop, 5000), 1);
	assert_int_equal(n.calls, 1);
	loop_signal_free(s);
	n.signal = loop_signal(n.loop, SIGUSR1, free_signal, &n);
	raise(SIGUSR1);
	assert_int_equal(loop_run_for(n.loop, 5000), 1);
	assert_int_equal(n.calls, 2);
	loop_free(n.loop);
}

static void an_idle_loop_sleeps(void **state)
{
	(void)state;
	struct note n = { .loop = loop_new() };
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	n.watch = loop_watch(n.loop, fd[0], LOOP_READ, on_fd, &n);
	struct loop_timer *t = loop_timer_new(n.loop, say_a, &n);
	loop_timer_in(t, 3600000);
	loop_run_for(n.loop, 1);
	struct rusage before, after;
	getrusage(RUSAGE_THREAD, &before);
	loop_run_for(n.loop, 400);
	getrusage(RUSAGE_THREAD, &after);
	assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 1, 3); /* one sleep, and a little for the kernel */
	for (int i = 0; i < 20; i++)
		loop_run_for(n.loop, 7);
	getrusage(RUSAGE_THREAD, &before);
	assert_in_range(before.ru_nvcsw - after.ru_nvcsw, 20, 25); /* never woken early, to sleep again */
	loop_timer_free(t);
	loop_watch_free(n.watch);
	close(fd[0]);
	close(fd[1]);
	loop_free(n.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_run_in_order_of_due_time_then_of_arming),
		cmocka_unit_test(many_timers_keep_their_order),
		cmocka_unit_test(a_zero_timer_waits_for_the_next_turn),
		cmocka_unit_test(what_is_ready_when_time_is_over_is_served),
		cmocka_unit_test(a_timer_that_rearms_itself_does_not_starve_descriptors),
		cmocka_unit_test(a_callback_may_free_any_timer),
		cmocka_unit_test(extreme_durations_are_clamped),
		cmocka_unit_test(real_time_passes_and_is_read_once_a_turn),
		cmocka_unit_test(the_clock_stands_during_a_turn),
		cmocka_unit_test(descriptors_are_served_by_both_loops),
		cmocka_unit_test(a_callback_may_free_any_watch),
		cmocka_unit_test(the_simulation_serves_descriptors_on_its_way),
		cmocka_unit_test(signals_arrive),
		cmocka_unit_test(an_idle_loop_sleeps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
