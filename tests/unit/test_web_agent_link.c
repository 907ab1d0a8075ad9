/* SPDX-License-Identifier: MIT */
/* The link of sealpost-web to the agent: answers, the session's end and who is told of it, and a request for
 * which there is no room. The agent is played by the test. */
#include "../../src/web/agent_link.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct world {
	struct event_base *base;
	struct agent_link *link;
	char folder[64], path[80];
	int listening, agent; /* the agent's sockets; -1: closed */
	int answered, unanswered, given_up, closed, pushed, drained;
	enum agent_link_end why;
	char last[100]; /* the last answer */
};

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e;
	snprintf(w->folder, sizeof w->folder, "/tmp/test-web-link-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof w->path, "%s/control", w->folder);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", w->path);
	w->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(w->listening, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(w->listening, 1), 0);
	w->base = event_base_new();
	assert_int_equal(agent_link_new(w->base, w->path, &w->link, &e), 0);
	w->agent = accept(w->listening, NULL, NULL);
	fcntl(w->agent, F_SETFL, O_NONBLOCK);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	agent_link_free(w->link);
	event_base_free(w->base);
	if (w->agent >= 0)
		close(w->agent);
	close(w->listening);
	unlink(w->path);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static void turn(struct world *w)
{
	for (int i = 0; i < 5; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

static void on_answer(void *arg, const struct ctl_block *answer)
{
	struct world *w = arg;
	w->answered += answer != NULL;
	w->unanswered += !answer;
	snprintf(w->last, sizeof w->last, "%s", answer ? answer->text : "");
}

static void on_given_up(void *arg)
{
	((struct world *)arg)->given_up++;
}

static void on_pushed(void *arg, const struct ctl_block *b)
{
	(void)b;
	((struct world *)arg)->pushed++;
}

static void on_drained(void *arg)
{
	((struct world *)arg)->drained++;
}

static void on_closed(void *arg, enum agent_link_end why)
{
	struct world *w = arg;
	w->closed++;
	w->why = why;
}

static void follow(struct world *w)
{
	agent_link_handle(w->link, &(struct agent_link_handlers){ on_pushed, on_drained, on_closed, w });
}

static void ask(struct world *w, const char *line, const char *body)
{
	agent_link_ask(w->link, &(struct agent_link_request){ .line = line,
							      .body = body,
							      .body_len = body ? strlen(body) : 0,
							      .fn = on_answer,
							      .given_up = on_given_up,
							      .arg = w });
}

static void say(struct world *w, const char *text)
{
	assert_int_equal(write(w->agent, text, strlen(text)), (ssize_t)strlen(text));
	turn(w);
}

static void leave(struct world *w)
{
	close(w->agent);
	w->agent = -1;
	turn(w);
}

/* Reads what has been sent to the agent and forgets it; returns its length. */
static size_t read_some(struct world *w)
{
	static char chunk[1 << 20];
	ssize_t n = read(w->agent, chunk, sizeof chunk - 1);
	chunk[n > 0 ? n : 0] = '\0';
	snprintf(w->last, sizeof w->last, "%s", chunk);
	return n > 0 ? (size_t)n : 0;
}

static void answers_come_in_order(void **state)
{
	struct world *w = *state;
	follow(w);
	ask(w, "xStatus", NULL);
	ask(w, "xPutxml", "<Command/>");
	turn(w);
	read_some(w);
	assert_string_equal(w->last, "{23}\nxPreferences framing on{7}\nxStatus{19}\nxPutxml\n<Command/>\n");
	say(w, "\0360 1\n*e\n\036-\none\n\0360 2\n");
	assert_string_equal(w->last, "one\n");
	assert_int_equal(w->pushed, 1);
	assert_int_equal(agent_link_waiting(w->link), 1);
	say(w, "two\n\03665 3\n");
	assert_string_equal(w->last, "two\n");
	assert_int_equal(w->answered, 2);
	assert_int_equal(w->closed, 0);
}

static void the_agent_ends_a_session(void **state)
{
	struct world *w = *state;
	follow(w);
	ask(w, "xStatus", NULL);
	say(w, "\0360 1\n\036.69\n");
	assert_int_equal(w->unanswered, 1);
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->why, AGENT_LINK_DISMISSED);
	leave(w);
	assert_int_equal(w->closed, 1);
}

static void the_agent_goes_away(void **state)
{
	struct world *w = *state;
	follow(w);
	ask(w, "xStatus", NULL);
	leave(w);
	assert_int_equal(w->unanswered, 1);
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->why, AGENT_LINK_LOST);
}

/* Whoever comes too late is told so, and never before the call has returned. */
static void a_request_after_the_end(void **state)
{
	struct world *w = *state;
	leave(w);
	ask(w, "xStatus", NULL);
	ask(w, "xStatus", NULL);
	assert_int_equal(w->unanswered, 0);
	turn(w);
	assert_int_equal(w->unanswered, 2);
	assert_int_equal(w->closed, 0);
	follow(w);
	assert_int_equal(w->closed, 0);
	turn(w);
	assert_int_equal(w->closed, 1);
	ask(w, "xStatus", NULL);
	agent_link_free(w->link);
	w->link = NULL;
	turn(w);
	assert_int_equal(w->unanswered, 2);
	assert_int_equal(w->given_up, 1);
}

/* An agent that takes nothing gets no half of a request: the session ends, and all are told. */
static void no_room(void **state)
{
	enum { BODY = 5 << 20, MANY = 20 };
	struct world *w = *state;
	char *body = mem_new(BODY + 1);
	size_t taken = 0, n;
	memset(body, 'x', BODY);
	follow(w);
	for (int i = 0; i < 10; i++)
		ask(w, "xPutxml", body);
	turn(w);
	assert_int_equal(w->closed, 0);
	assert_true(agent_link_unsent(w->link) > 9 * (size_t)BODY);
	/* What the agent has taken makes room for others. */
	while (taken < 8 * (size_t)BODY && (n = read_some(w)) > 0) {
		taken += n;
		turn(w);
	}
	for (int i = 0; i < 10; i++)
		ask(w, "xPutxml", body);
	turn(w);
	assert_int_equal(w->closed, 0);
	for (int i = 0; i < MANY; i++)
		ask(w, "xPutxml", body);
	assert_int_equal(w->unanswered, 0);
	turn(w);
	assert_int_equal(w->unanswered, 20 + MANY);
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->why, AGENT_LINK_LOST);
	free(body);
}

static void a_long_request_is_sent_bit_by_bit(void **state)
{
	enum { BODY = 5 << 20 };
	struct world *w = *state;
	char *body = mem_new(BODY + 1);
	memset(body, 'x', BODY);
	follow(w);
	ask(w, "xPutxml", body);
	turn(w);
	while (agent_link_unsent(w->link)) {
		assert_int_equal(w->drained, 0);
		assert_true(read_some(w) > 0);
		turn(w);
	}
	assert_int_equal(w->drained, 1);
	free(body);
}

static void a_paused_link_receives_nothing(void **state)
{
	struct world *w = *state;
	follow(w);
	agent_link_pause(w->link);
	say(w, "\0360 1\none\n\036-\n");
	assert_int_equal(w->pushed, 0);
	agent_link_resume(w->link);
	turn(w);
	assert_int_equal(w->pushed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_come_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(the_agent_ends_a_session, setup, teardown),
		cmocka_unit_test_setup_teardown(the_agent_goes_away, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_after_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(a_long_request_is_sent_bit_by_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_paused_link_receives_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
