/* SPDX-License-Identifier: MIT */
/* What one user may take of the control socket: sessions, memory for input, time for a body. */
#include "world_terminal.h"

#include "../../src/control/limits.h"
#include "../../src/control/control_internal.h"
#include "base/log.h"

#include <sysexits.h>

enum { ALICE = 64001, BOB = 64002, ROOM = CONTROL_SESSIONS_MAX - LIMITS_SESSIONS_KEPT };

static char logged[8000];

static void hear(void *arg, enum log_level level, const char *line)
{
	size_t len = strlen(logged);
	(void)arg, (void)level;
	snprintf(logged + len, sizeof logged - len, "%s\n", line);
}

static int setup(void **state)
{
	*state = world_new();
	log_set_tap(hear, NULL);
	logged[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	log_set_tap(NULL, NULL);
	world_free(*state);
	return 0;
}

/* A session that the kernel says is this user's. */
static int session_of(struct world *w, uid_t uid)
{
	int fd = world_framed(w);
	w->control->sessions->uid = uid;
	return fd;
}

static int is_open(struct world *w, int fd)
{
	return world_read(w, fd, NULL) == 0;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static void one_user_has_so_many_sessions(void **state)
{
	struct world *w = *state;
	int fds[LIMITS_SESSIONS_UID];
	for (int i = 0; i < LIMITS_SESSIONS_UID; i++) {
		assert_null(limits_admit(w->control, ALICE));
		fds[i] = session_of(w, ALICE);
	}
	assert_string_equal(limits_admit(w->control, ALICE), "this user has 64 already");
	assert_null(limits_admit(w->control, BOB));
	assert_null(limits_admit(w->control, 0));
	close(fds[0]);
	loop_run_for(w->loop, 2);
	assert_null(limits_admit(w->control, ALICE));
	fds[0] = session_of(w, ALICE);
	/* One of the same user that has been silent long makes room; another user's does not. */
	int silent = session_of(w, BOB);
	loop_sim_advance(w->loop, 11 * 60 * 1000);
	for (int i = 1; i < LIMITS_SESSIONS_UID; i++)
		world_ask(w, fds[i], "xStatus SystemUnit Uptime");
	assert_null(limits_admit(w->control, ALICE));
	assert_false(is_open(w, fds[0]));
	assert_true(is_open(w, silent));
	close_all(fds, LIMITS_SESSIONS_UID);
	close(silent);
}

/* The one that was idle for longest makes room, but not one that waits for news. */
static void who_listens_makes_no_room(void **state)
{
	struct world *w = *state;
	int fds[LIMITS_SESSIONS_UID];
	for (int i = 0; i < LIMITS_SESSIONS_UID; i++)
		fds[i] = session_of(w, ALICE);
	world_ask(w, fds[0], "xFeedback Register /Status");
	world_ask(w, fds[1], "syslog on");
	for (int i = 2; i < 4; i++) {
		loop_sim_advance(w->loop, 60 * 1000);
		world_ask(w, fds[i], "xStatus SystemUnit Uptime");
	}
	loop_sim_advance(w->loop, 11 * 60 * 1000);
	for (int i = 4; i < LIMITS_SESSIONS_UID; i++)
		world_ask(w, fds[i], "xStatus SystemUnit Uptime");
	assert_null(limits_admit(w->control, ALICE));
	for (int i = 0; i < 4; i++)
		assert_int_equal(is_open(w, fds[i]), i != 2);
	close_all(fds, LIMITS_SESSIONS_UID);
}

static void the_network_has_so_many_sessions(void **state)
{
	struct world *w = *state;
	enum { WEB = 64003 };
	int fds[LIMITS_SESSIONS_WEB];
	w->control->web = WEB;
	for (int i = 0; i < LIMITS_SESSIONS_WEB; i++) {
		assert_null(limits_admit(w->control, WEB));
		fds[i] = session_of(w, WEB);
	}
	assert_string_equal(limits_admit(w->control, WEB), "sealpost-web has 256 already");
	assert_null(limits_admit(w->control, ALICE));
	close_all(fds, LIMITS_SESSIONS_WEB);
}

static void places_are_kept_for_root(void **state)
{
	struct world *w = *state;
	int fds[CONTROL_SESSIONS_MAX];
	for (int i = 0; i < ROOM; i++)
		fds[i] = session_of(w, ALICE + (uid_t)i);
	assert_string_equal(limits_admit(w->control, BOB + ROOM),
			    "all are in use but those that are kept for root");
	for (int i = ROOM; i < CONTROL_SESSIONS_MAX;
	     i++) /* by the agent's own user: the whole way through the socket */
		fds[i] = world_framed(w);
	assert_answer(w, fds[ROOM], "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	int one_more = world_connect(w);
	assert_false(is_open(w, one_more));
	assert_string_equal(w->text, "\nERROR\nToo many sessions: all 256 are in use\n");
	close(one_more);
	/* Others never make room at root's cost. */
	loop_sim_advance(w->loop, 11 * 60 * 1000);
	for (int i = 0; i < ROOM; i++)
		world_ask(w, fds[i], "xStatus SystemUnit Uptime");
	assert_non_null(limits_admit(w->control, BOB + ROOM));
	for (int i = 0; i < CONTROL_SESSIONS_MAX; i++)
		assert_true(is_open(w, fds[i]));
	close_all(fds, CONTROL_SESSIONS_MAX);
}

static void refusals_are_logged_but_do_not_flood_the_log(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 100; i++)
		limits_log_refusal(w->control, ALICE, "this user has 64 already");
	assert_string_equal(logged, "control: a session of uid 64001 was refused: too many sessions: this "
				    "user has 64 already\n");
	loop_sim_advance(w->loop, 61 * 1000);
	limits_log_refusal(w->control, BOB, "this user has 64 already");
	assert_non_null(strstr(logged,
			       "control: 99 more sessions were refused since the last line about it\n"
			       "control: a session of uid 64002 was refused: too many sessions: this user "
			       "has 64 already\n"));
}

/* A program that keeps all its user's sessions, and tries for another one for ever; and one whose sessions
 * are closed for ever. */
static void what_goes_on_for_ever_is_logged_rarely(void **state)
{
	struct world *w = *state;
	size_t lines = 0;
	for (int minute = 0; minute < 24 * 60; minute++) {
		loop_sim_advance(w->loop, 60 * 1000);
		for (int i = 0; i < 5; i++)
			limits_log_refusal(w->control, ALICE, "this user has 64 already");
		int fd = session_of(w, BOB);
		session_drop(w->control->sessions, "the client does not read");
		loop_sim_advance(w->loop, 0);
		close(fd);
		for (const char *at = logged; (at = strchr(at, '\n')); at++)
			lines++;
		logged[0] = '\0';
	}
	assert_in_range(lines, 10, 40);
	/* Another user's is news. */
	loop_sim_advance(w->loop, 60 * 1000);
	limits_log_refusal(w->control, BOB, "this user has 64 already");
	assert_non_null(strstr(logged, "more sessions were refused since the last line about it\n"
				       "control: a session of uid 64002 was refused"));
}

/* Sends so much of a body and does not end it, by lines or counted; 1 if the session was cut. */
static int send_half(struct world *w, int fd, int by_count)
{
	enum { HALF = 3 << 20, CHUNK = 64 << 10 };
	static char lines[CHUNK];
	for (size_t i = 0; i < CHUNK; i++)
		lines[i] = i % 64 == 63 ? '\n' : 'A';
	world_say(w, fd, by_count ? "{4000000}\n" : "xCommand Security Certificates CA Add\n");
	for (size_t sent = 0; sent < HALF; sent += CHUNK) {
		for (size_t at = 0; at < CHUNK;) {
			ssize_t n = send(fd, lines + at, CHUNK - at, MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				return 1;
			at += n > 0 ? (size_t)n : 0;
			loop_run_for(w->loop, n > 0 ? 0 : 1);
		}
	}
	return 0;
}

static size_t held(const struct world *w)
{
	size_t all = 0;
	for (const struct session *s = w->control->sessions; s; s = s->next)
		all += s->in.cap + s->body.cap;
	return all;
}

static void half_sent_bodies_have_one_bound_for_all_sessions(void **state)
{
	struct world *w = *state;
	enum { N = 12 };
	int fds[N], cut = 0;
	for (int i = 0; i < N; i++) {
		fds[i] = session_of(w, ALICE);
		cut += send_half(w, fds[i], i % 2);
		assert_true(held(w) <= LIMITS_INPUT_UID + (8 << 20));
	}
	assert_in_range(cut, N / 2, N - 2);
	assert_non_null(strstr(logged,
			       "a session of uid 64001 was closed: the unfinished commands in all sessions "
			       "of this user take more than 16 MiB"));
	/* Nobody else is concerned. */
	int other = session_of(w, BOB);
	assert_int_equal(send_half(w, other, 0), 0);
	world_say(w, other, "\n.\n");
	world_read(w, other, "\0360 ");
	/* What is given up is free again. */
	close_all(fds, N);
	loop_run_for(w->loop, 2);
	int again = session_of(w, ALICE);
	assert_int_equal(send_half(w, again, 1), 0);
	close(again);
	close(other);
}

static void a_body_has_a_deadline(void **state)
{
	static const char *const begun[] = {
		"xCommand Security Certificates CA Add\nAAA\n",
		"{100}\nxCommand Sec",
		"xCommand Security Certificates CA Add\n{100}\nAA",
		"{9000000}\nA",
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
		int fd = world_connect(w), idle = world_connect(w);
		world_say(w, fd, begun[i]);
		world_say(w, idle, "xStatus Sys"); /* half a line is no body */
		loop_sim_advance(w->loop, 9 * 60 * 1000);
		world_say(w, fd, "B"); /* that something comes now and then does not help */
		assert_true(is_open(w, fd));
		loop_sim_advance(w->loop, 61 * 1000);
		assert_false(is_open(w, fd));
		assert_non_null(strstr(w->text, "\nConnection closed: the body of a command did not come to "
						"its end within 10 minutes\n"));
		assert_true(is_open(w, idle));
		close(fd);
		close(idle);
	}
	assert_string_equal(w->agent->uploaded, "");
}

/* Each body has its own: who sends one after the other all day is not cut. */
static void a_deadline_for_each_body(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xCommand Security Certificates CA Add\nA\n");
	for (int i = 0; i < 5; i++) {
		loop_sim_advance(w->loop, 6 * 60 * 1000);
		world_say(w, fd, ".\nxCommand Security Certificates CA Add\nA\n");
		world_read(w, fd, "\0360 ");
	}
	loop_sim_advance(w->loop, 6 * 60 * 1000);
	world_say(w, fd, ".\n");
	world_read(w, fd, "\0360 ");
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_user_has_so_many_sessions),
		TEST(who_listens_makes_no_room),
		TEST(the_network_has_so_many_sessions),
		TEST(places_are_kept_for_root),
		TEST(refusals_are_logged_but_do_not_flood_the_log),
		TEST(what_goes_on_for_ever_is_logged_rarely),
		TEST(half_sent_bodies_have_one_bound_for_all_sessions),
		TEST(a_body_has_a_deadline),
		TEST(a_deadline_for_each_body),
	};
	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
