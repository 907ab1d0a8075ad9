/* SPDX-License-Identifier: MIT */
/* A handle of libsealpost cannot be broken from outside: callbacks that wait, free or publish, loops of
 * either kind, other threads; and what becomes of it is told. Against a real terminal with a fake agent
 * behind it. */
#include "world_terminal.h"

#include "sealpost.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

static int setup(void **state)
{
	*state = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static const char document[] = "<Event><CallDisconnect><CallId>7</CallId></CallDisconnect></Event>";

struct heard {
	struct sealpost *s;
	int n, last, error;
	char text[1000];
};

static void note(struct heard *h, int error)
{
	h->n++;
	h->last = error;
}

static void durable(void *arg, int error)
{
	note(arg, error);
}

static int publish(struct sealpost *s, void (*fn)(void *arg, int error), void *arg)
{
	return sealpost_publish(s, document, strlen(document), fn, arg);
}

static void turn(struct world *w, struct sealpost *s)
{
	sealpost_process(s);
	loop_run_for(w->loop, 1);
}

static void run_until(struct world *w, struct sealpost *s, const struct heard *h, int n)
{
	for (int turns = 0; h->n < n; turns++) {
		assert_true(turns < 5000);
		turn(w, s);
	}
}

/* --- callbacks --- */

static void waits(void *arg, int error)
{
	struct heard *h = arg;
	char value[10];
	note(h, error);
	h->error = sealpost_flush(h->s, -1) < 0 ? errno : 0;
	assert_int_equal(sealpost_wait(h->s, -1), -1);
	assert_int_equal(errno, EDEADLK);
	assert_int_equal(sealpost_process(h->s), -1);
	assert_int_equal(errno, EDEADLK);
	assert_int_equal(sealpost_setting(h->s, "SystemUnit Name", value, sizeof value, -1), -1);
	assert_int_equal(errno, EDEADLK);
	assert_non_null(strstr(sealpost_error(h->s), "may not wait"));
}

static void who_waits_within_a_callback_is_refused_at_once(void **state)
{
	struct world *w = *state;
	struct heard h = { .s = sealpost_new(w->path) };
	publish(h.s, waits, &h);
	publish(h.s, durable, &h);
	run_until(w, h.s, &h, 2);
	assert_int_equal(h.error, EDEADLK);
	assert_int_equal(sealpost_pending(h.s), 0);
	sealpost_free(h.s);
}

static void frees(void *arg, int error)
{
	struct heard *h = arg;
	note(h, error);
	sealpost_free(h->s);
	assert_int_equal(publish(h->s, durable, h), -1); /* it is there until the callback returns */
	assert_int_equal(errno, ECANCELED);
}

static void a_callback_may_free_the_handle(void **state)
{
	struct world *w = *state;
	struct heard h = { .s = sealpost_new(w->path) };
	publish(h.s, frees, &h);
	publish(h.s, durable, &h);
	sealpost_process(h.s);
	for (int i = 0; i < 10; i++)
		loop_run_for(w->loop, 1); /* both are answered */
	sealpost_process(h.s);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.last, 0);
}

static void what_waits_is_called_back_when_the_handle_is_freed(void **state)
{
	struct world *w = *state;
	struct heard h = { .s = sealpost_new(w->path) };
	w->agent->holds = 1;
	for (int i = 0; i < 3; i++)
		publish(h.s, durable, &h);
	turn(w, h.s);
	sealpost_free(h.s);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.last, ECANCELED);
	sealpost_free(NULL);
}

/* --- loops --- */

/* A program's epoll that looks at nothing but the descriptor. */
static void loops(struct world *w, unsigned events)
{
	struct heard h = { .s = sealpost_new(w->path) };
	struct epoll_event e = { .events = EPOLLIN | events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, sealpost_fd(h.s), &e), 0);
	for (int round = 1; round <= 300; round++) {
		for (int i = 0; i < 7; i++)
			publish(h.s, durable, &h);
		if (round % 100 == 0) { /* the agent begins anew meanwhile */
			struct err error;
			control_free(w->control);
			assert_int_equal(
				control_new(&(struct control_options){ .agent = w->agent, .path = w->path },
					    &w->control, &error),
				0);
		}
		for (int turns = 0; h.n < 7 * round; turns++) {
			assert_true(turns < 5000);
			if (epoll_wait(epoll, &e, 1, 0) == 1)
				sealpost_process(h.s);
			loop_run_for(w->loop, 1);
		}
	}
	assert_int_equal(h.last, 0);
	assert_int_equal(w->agent->publications, 2100);
	close(epoll);
	sealpost_free(h.s);
}

static void a_level_triggered_loop(void **state)
{
	loops(*state, 0);
}

static void an_edge_triggered_loop(void **state)
{
	loops(*state, EPOLLET);
}

/* A signal has come: counts it, and wakes the handle if there is one. */
static void on_signal(int signo, siginfo_t *info, void *context)
{
	struct heard *h = info->si_value.sival_ptr;
	(void)signo;
	(void)context;
	h->n++;
	if (h->s)
		sealpost_wake(h->s);
}

/* Signals that come every other millisecond do not end a call that blocks, unless their handler wakes the
 * handle. */
static void a_call_that_blocks_goes_on_after_a_signal(void **state)
{
	(void)state;
	struct sealpost *s = sealpost_new("/nonexistent/control");
	struct heard h = { .s = NULL };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL,
			      .sigev_signo = SIGUSR1,
			      .sigev_value.sival_ptr = &h };
	struct itimerspec often = { { 0, 2000000 }, { 0, 2000000 } };
	timer_t timer;
	publish(s, NULL, NULL);
	sigaction(SIGUSR1, &action, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &e, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	assert_int_equal(sealpost_flush(s, 60), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_true(h.n > 1);
	h.s = s;
	assert_int_equal(sealpost_flush(s, -1), -1);
	assert_int_equal(errno, EINTR);
	timer_delete(timer);
	signal(SIGUSR1, SIG_IGN);
	sealpost_free(s);
}

static void *wake(void *s)
{
	usleep(20 * 1000);
	sealpost_wake(s);
	return NULL;
}

static void another_thread_wakes_a_handle(void **state)
{
	(void)state;
	pthread_t thread;
	struct sealpost *s = sealpost_new("/nonexistent/control");
	struct pollfd p = { .fd = sealpost_fd(s), .events = POLLIN };
	publish(s, NULL, NULL);
	assert_int_equal(pthread_create(&thread, NULL, wake, s), 0);
	assert_int_equal(sealpost_flush(s, -1), -1);
	assert_int_equal(errno, EINTR);
	pthread_join(thread, NULL);
	sealpost_wake(s); /* before a call is as good as within it */
	assert_int_equal(sealpost_wait(s, -1), -1);
	assert_int_equal(errno, EINTR);
	sealpost_wake(s);
	assert_int_equal(poll(&p, 1, 0), 1);
	sealpost_process(s);
	while (sealpost_wait(s, 0) == 0)
		;
	assert_int_equal(errno, ETIMEDOUT);
	sealpost_free(s);
}

/* --- what becomes of it --- */

static void on_connection(void *arg, const struct sealpost_connection *c)
{
	struct heard *h = arg;
	static const char *const names[] = { "connected", "lost", "refused" };
	size_t len = strlen(h->text);
	note(h, c->error);
	snprintf(h->text + len, sizeof h->text - len, "%s %s\n", names[c->state], c->reason);
}

static void on_log(void *arg, int priority, const char *text)
{
	struct heard *h = arg;
	size_t len = strlen(h->text);
	h->n++;
	snprintf(h->text + len, sizeof h->text - len, "%d %s\n", priority, text);
}

static void changes_of_the_connection_are_told(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard h = { .n = 0 }, log = { .n = 0 };
	struct sealpost_counters count;
	char wanted[1000];
	struct err e;
	sealpost_on_log(s, on_log, &log);
	sealpost_on_connection(s, on_connection, &h);
	run_until(w, s, &h, 1); /* though nothing is published */
	assert_string_equal(h.text, "connected \n");
	control_free(w->control);
	for (int i = 0; i < 300; i++) { /* several attempts, one refusal */
		turn(w, s);
		usleep(1000);
	}
	assert_int_equal(h.n, 3);
	assert_int_equal(h.last, ENOENT);
	snprintf(wanted, sizeof wanted,
		 "connected \nlost %s: the agent closed the connection\nrefused %s: No such file or "
		 "directory\n",
		 w->path, w->path);
	assert_string_equal(h.text, wanted);
	assert_int_equal(
		control_new(&(struct control_options){ .agent = w->agent, .path = w->path }, &w->control, &e),
		0);
	for (int i = 0; h.n < 4; i++) {
		assert_true(i < 5000);
		turn(w, s);
		usleep(1000);
	}
	assert_int_equal(h.last, 0);
	assert_non_null(strstr(log.text, "5 connected to the agent at "));
	assert_non_null(strstr(log.text, "4 the connection to the agent is lost: "));
	assert_non_null(strstr(log.text, "4 no connection to the agent: "));
	assert_int_equal(sealpost_count(s, &count, sizeof count), 0);
	assert_int_equal(count.connections, 2);
	sealpost_free(s);
}

/* The agent's own sentence about a session that it does not serve. */
static void a_refused_session_is_told_with_its_reason(void **state)
{
	(void)state;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct heard h = { .n = 0 };
	int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof to.sun_path, "/tmp/test-handle-%ld", (long)getpid());
	unlink(to.sun_path);
	assert_int_equal(bind(door, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(door, 4), 0);
	struct sealpost *s = sealpost_new(to.sun_path);
	static const char full[] = "\nERROR\nToo many sessions: this user has 64 already\n";
	sealpost_on_connection(s, on_connection, &h);
	sealpost_process(s);
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(write(fd, full, sizeof full - 1), sizeof full - 1);
	close(fd);
	assert_int_equal(sealpost_process(s), -1);
	assert_int_equal(errno, EUSERS);
	assert_int_equal(h.last, EUSERS);
	assert_non_null(strstr(h.text, "refused "));
	assert_non_null(strstr(h.text, "Too many sessions: this user has 64 already"));
	sealpost_free(s);
	close(door);
	unlink(to.sun_path);
}

static void what_was_counted(void **state)
{
	struct world *w = *state;
	struct heard h = { .s = sealpost_new(w->path) };
	struct sealpost_counters count, few = { .refused = 77 };
	publish(h.s, durable, &h);
	sealpost_publish(h.s, "<Nonsense/>", 11, durable, &h);
	sealpost_count(h.s, &count, sizeof count);
	assert_int_equal(count.waiting, 2);
	assert_true(count.waiting_bytes > strlen(document));
	assert_int_equal(sealpost_number(h.s), 2);
	run_until(w, h.s, &h, 2);
	sealpost_count(h.s, &count, sizeof count);
	assert_int_equal(count.sent, 2);
	assert_int_equal(count.sent_again, 0);
	assert_int_equal(count.acknowledged, 1);
	assert_int_equal(count.refused, 1);
	assert_int_equal(count.waiting, 0);
	assert_int_equal(count.waiting_bytes, 0);
	sealpost_count(h.s, &few, offsetof(struct sealpost_counters, refused)); /* an older program's */
	assert_int_equal(few.acknowledged, 1);
	assert_int_equal(few.refused, 77);
	sealpost_free(h.s);
}

/* --- refusals --- */

static int in_child(struct world *w, int (*fn)(struct sealpost *s))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct sealpost *s = sealpost_new(w->path);
		int r = fn(s);
		sealpost_free(s);
		_exit(r);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		loop_run_for(w->loop, 1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int flush_of_refused(struct sealpost *s)
{
	struct heard h = { .s = s };
	sealpost_publish(s, "<Nonsense/>", 11, durable, &h);
	while (!h.n)
		sealpost_wait(s, 5000);
	if (sealpost_flush(s, 5000) < 0) /* it was told already */
		return 4;
	publish(s, NULL, NULL);
	sealpost_publish(s, "<Nonsense/>", 11, NULL, NULL);
	publish(s, NULL, NULL);
	if (sealpost_flush(s, 5000) == 0 || errno != EINVAL)
		return 1;
	if (strcmp(sealpost_error(s), "wrong root") != 0 || sealpost_pending(s))
		return 2;
	if (sealpost_flush(s, 5000) < 0 || *sealpost_error(s))
		return 3;
	return 0;
}

static void flush_says_what_was_refused(void **state)
{
	assert_int_equal(in_child(*state, flush_of_refused), 0);
}

/* --- a name of its own --- */

static void an_identity_keeps_its_numbers(void **state)
{
	struct world *w = *state;
	static const char status[] = "<x:Status a=\"1\"><A>1</A></x:Status>";
	uint64_t first[2];
	struct heard h = { .s = sealpost_new(w->path) };
	assert_int_equal(sealpost_identify(h.s, "", 1), -1);
	assert_int_equal(sealpost_identify(h.s, "call control", 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(sealpost_identify(h.s, "call control", 41), 0);
	sealpost_publish(h.s, status, strlen(status), NULL, NULL); /* has none of these numbers */
	publish(h.s, durable, &h);
	publish(h.s, durable, &h);
	assert_int_equal(sealpost_number(h.s), 42);

	assert_int_equal(sealpost_identify(h.s, "another", 1), -1);
	assert_int_equal(errno, EBUSY);
	run_until(w, h.s, &h, 2);
	assert_int_equal(w->agent->numbered, 42);
	memcpy(first, w->agent->publisher, sizeof first);
	sealpost_free(h.s);
	h = (struct heard){ .s = sealpost_new(w->path) }; /* after a crash, from its journal */
	sealpost_identify(h.s, "call control", 42);
	publish(h.s, durable, &h);
	publish(h.s, durable, &h);
	run_until(w, h.s, &h, 2);
	assert_memory_equal(w->agent->publisher, first, sizeof first);
	assert_int_equal(w->agent->again, 1);
	assert_int_equal(w->agent->publications, 4);
	sealpost_free(h.s);
	h = (struct heard){ .s = sealpost_new(w->path) };
	sealpost_identify(h.s, "call contrpl", 42);
	publish(h.s, durable, &h);
	run_until(w, h.s, &h, 1);
	assert_memory_not_equal(w->agent->publisher, first, sizeof first);
	sealpost_free(h.s);
}

/* --- settings that change --- */

static void on_setting(void *arg, const char *path, const char *value)
{
	struct heard *h = arg;
	size_t len = strlen(h->text);
	h->n++;
	snprintf(h->text + len, sizeof h->text - len, "%s=%s\n", path, value);
}

static void configure(struct world *w, const char *path, const char *value)
{
	struct err e;
	if (agent_configure(w->agent, &(struct settings_pair){ path, value, SETTINGS_FROM_TERMINAL }, 1, &e) <
	    0)
		fail_msg("%s", e.text);
}

static void settings_are_told_when_they_change(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard name = { .n = 0 }, dns = { .n = 0 }, all = { .n = 0 };
	struct err e;
	configure(w, "SystemUnit Name", "first");
	assert_int_equal(sealpost_watch(s, "SystemUnit Name", on_setting, &name), 0);
	assert_int_equal(sealpost_watch(s, "Network 1 DNS Server 2", on_setting, &dns), 0);
	assert_int_equal(sealpost_watch(s, "SystemUnit Name\nbye", on_setting, &name), -1);
	assert_int_equal(errno, EINVAL);
	run_until(w, s, &name, 1);
	run_until(w, s, &dns, 1);
	assert_string_equal(name.text, "SystemUnit Name=first\n");
	assert_string_equal(dns.text, "Network 1 DNS Server 2 Address=\n");
	configure(w, "SystemUnit Name", "sec\"ond: \\ \xc3\xa5");
	configure(w, "Network 1 DNS Server 1 Address", "192.0.2.1");
	configure(w, "Network 1 DNS Server 2 Address", "192.0.2.2");
	run_until(w, s, &dns, 2);
	assert_string_equal(name.text, "SystemUnit Name=first\nSystemUnit Name=sec\"ond: \\ \xc3\xa5\n");
	assert_string_equal(dns.text,
			    "Network 1 DNS Server 2 Address=\nNetwork 1 DNS Server 2 Address=192.0.2.2\n");
	sealpost_watch(s, NULL, on_setting, &all);
	run_until(w, s, &all, 50); /* every one */
	/* What was changed while nobody was connected is told at the next connection. */
	control_free(w->control);
	turn(w, s);
	configure(w, "SystemUnit Name", "third");
	assert_int_equal(
		control_new(&(struct control_options){ .agent = w->agent, .path = w->path }, &w->control, &e),
		0);
	for (int i = 0; !strstr(name.text, "third"); i++) {
		assert_true(i < 5000);
		turn(w, s);
		usleep(1000);
	}
	sealpost_free(s);
}

static void on_line(void *arg, int priority, const char *text)
{
	struct heard *h = arg;
	if (priority == 4) {
		h->n++;
		snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text), "%s\n", text);
	}
}

static void a_path_that_names_no_setting_is_refused_or_logged(void **state)
{
	static const char *const refused[] = { "",
					       " ",
					       "Network[1] DNS",
					       "SystemUnit Name ",
					       " SystemUnit",
					       "Network 1  DNS",
					       "SystemUnit/Name" };
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard h = { .n = 0 }, name = { .n = 0 }, lines = { .n = 0 };
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_int_equal(sealpost_watch(s, refused[i], on_setting, &h), -1);
		assert_int_equal(errno, EINVAL);
	}
	sealpost_on_log(s, on_line, &lines);
	assert_int_equal(sealpost_watch(s, "systemunit name", on_setting, &name), 0);
	assert_int_equal(sealpost_watch(s, "Sys Name", on_setting, &h), 0);
	assert_int_equal(sealpost_watch(s, "Nonsense", on_setting, &h), 0);
	run_until(w, s, &lines, 2);
	assert_int_equal(name.n, 1);
	assert_int_equal(h.n, 0);
	assert_non_null(strstr(lines.text, "\"Sys Name\" is not watched: no setting's name begins with"));
	assert_non_null(strstr(lines.text, "\"Nonsense\" is not watched: No match on address expression"));
	sealpost_free(s);
}

static void watches_that_overlap_get_each_value_once(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard name = { .n = 0 }, unit = { .n = 0 }, last = { .n = 0 };
	configure(w, "SystemUnit Name", "first");
	sealpost_watch(s, "SystemUnit Name", on_setting, &name);
	sealpost_watch(s, "SystemUnit", on_setting, &unit);
	sealpost_watch(s, "SystemUnit Name", on_setting, &last);
	run_until(w, s, &last, 1);
	assert_string_equal(name.text, "SystemUnit Name=first\n");
	configure(w, "SystemUnit Name", "second");
	run_until(w, s, &last, 2);
	assert_string_equal(name.text, "SystemUnit Name=first\nSystemUnit Name=second\n");
	assert_string_equal(last.text, name.text);
	char *at = strstr(unit.text, "SystemUnit Name=first\n");
	assert_non_null(at);
	assert_null(strstr(at + 1, "SystemUnit Name=first\n"));
	assert_non_null(strstr(at + 1, "SystemUnit Name=second\n"));
	sealpost_free(s);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(who_waits_within_a_callback_is_refused_at_once),
		ROW(a_callback_may_free_the_handle),
		ROW(what_waits_is_called_back_when_the_handle_is_freed),
		ROW(a_level_triggered_loop),
		ROW(an_edge_triggered_loop),
		cmocka_unit_test(another_thread_wakes_a_handle),
		cmocka_unit_test(a_call_that_blocks_goes_on_after_a_signal),
		ROW(changes_of_the_connection_are_told),
		cmocka_unit_test(a_refused_session_is_told_with_its_reason),
		ROW(what_was_counted),
		ROW(flush_says_what_was_refused),
		ROW(an_identity_keeps_its_numbers),
		ROW(settings_are_told_when_they_change),
		ROW(a_path_that_names_no_setting_is_refused_or_logged),
		ROW(watches_that_overlap_get_each_value_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
