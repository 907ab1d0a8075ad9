/* SPDX-License-Identifier: MIT */
/* libsealpost against a real terminal with a fake agent behind it. */
#include "world_terminal.h"

#include "sealpost.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

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
	int n, last;
	struct sealpost *again; /* publishes once more from within the callback */
	const struct sealpost *who;
	char reason[200]; /* of who */
};

static void durable(void *arg, int error)
{
	struct heard *h = arg;
	h->n++;
	h->last = error;
	if (h->who)
		snprintf(h->reason, sizeof h->reason, "%s", sealpost_error(h->who));
	if (h->again) {
		struct sealpost *s = h->again;
		h->again = NULL;
		assert_int_equal(sealpost_publish(s, document, strlen(document), durable, h), 0);
	}
}

/* The poll loop of codec software, and the agent's loop, until n have been heard. */
static void run_until(struct world *w, struct sealpost *s, const struct heard *h, int n)
{
	for (int turns = 0; h->n < n; turns++) {
		assert_true(turns < 5000);
		sealpost_process(s);
		loop_run_for(w->loop, 1);
	}
}

/* What the program's loop looks at. */
static int is_readable(const struct sealpost *s)
{
	struct pollfd p = { .fd = sealpost_fd(s), .events = POLLIN };
	return poll(&p, 1, 0) == 1;
}

static void publishes(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard h = { .again = s };
	int fd = sealpost_fd(s);
	assert_true(fd >= 0);
	assert_false(is_readable(s));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(sealpost_publish(s, document, strlen(document), durable, &h), 0);
	assert_int_equal(sealpost_pending(s), 1000);
	assert_true(is_readable(s));
	assert_int_equal(h.n, 0);
	run_until(w, s, &h, 1001);
	assert_int_equal(h.last, 0);
	assert_int_equal(sealpost_pending(s), 0);
	assert_int_equal(w->agent->publications, 1001);
	sealpost_process(s);
	assert_false(is_readable(s));
	assert_int_equal(sealpost_fd(s), fd);
	sealpost_free(s);
}

static void refusals(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard bad = { .who = s }, h = { .n = 0 };
	assert_int_equal(sealpost_publish(s, "<Nonsense/>", 11, durable, &bad), 0);
	assert_int_equal(sealpost_publish(s, document, strlen(document), durable, &h), 0);
	run_until(w, s, &h, 1);
	assert_int_equal(bad.n, 1);
	assert_int_equal(bad.last, EINVAL);
	assert_string_equal(bad.reason, "wrong root");
	assert_string_equal(sealpost_error(s), "");
	assert_int_equal(h.last, 0);
	assert_int_equal(sealpost_publish(s, "", 0, durable, &h), -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(sealpost_error(s), "the document is empty");
	sealpost_free(s);
}

static void ceiling(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	size_t len = 1 << 20;
	char *big = mem_new(len + 1);
	memset(big, ' ', len);
	for (size_t i = 100; i < len; i += 100)
		memcpy(big + i, "<a/>", 4); /* no text is too long */
	for (int i = 0; i < 3; i++)
		assert_int_equal(sealpost_publish(s, big, len, NULL, NULL), 0);
	assert_int_equal(sealpost_publish(s, big, len, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	free(big);
	sealpost_free(s);
}

/* The library refuses what the agent would, and nothing less: the longest document that it takes is
 * published. */
static void longest_document(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard h = { .n = 0 };
	enum { MAX = SEALPOST_DOCUMENT_MAX };
	char *text = mem_new(MAX + 64);
	memset(text, ' ', MAX + 1);
	memcpy(text, "<Event", 6);
	memcpy(text + MAX - 16, "><Test/></Event> ", 17); /* a blank behind it makes it a byte too long */
	assert_int_equal(sealpost_publish(s, text, MAX + 1, durable, &h), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_non_null(strstr(sealpost_error(s), "1 to 1048576 bytes"));
	assert_int_equal(sealpost_publish(s, text, MAX, durable, &h), 0);
	run_until(w, s, &h, 1);
	assert_int_equal(h.last, 0);
	sealpost_free(s);
	int fd = world_framed(w);
	char head[32];
	snprintf(head, sizeof head, "xPublish\n{%d}\n", MAX + 1);
	world_say(w, fd, head);
	world_send(w, fd, text, MAX + 1);
	world_read(w, fd, "\03665 ");
	assert_non_null(strstr(w->text, "a document of 1048577 bytes, at most 1048576"));
	close(fd);
	free(text);
}

/* The agent goes and comes: what was not answered is sent again, in order, nothing is lost, and it is known
 * by its number. */
static void reconnects(void **state)
{
	struct world *w = *state;
	struct sealpost *s = sealpost_new(w->path);
	struct heard h = { .n = 0 };
	struct err e;
	w->agent->holds = 1;
	for (int i = 0; i < 5; i++)
		sealpost_publish(s, document, strlen(document), durable, &h);
	for (int i = 0; i < 20; i++) {
		sealpost_process(s);
		loop_run_for(w->loop, 1);
	}
	assert_int_equal(w->agent->publications, 5);
	int fd = sealpost_fd(s);
	control_free(w->control);
	assert_int_equal(sealpost_process(s), -1);
	assert_int_equal(sealpost_fd(s), fd);
	assert_int_equal(sealpost_pending(s), 5);
	while (!is_readable(s)) /* when it is time to try again */
		usleep(1000);
	assert_int_equal(sealpost_process(s), -1);
	assert_non_null(strstr(sealpost_error(s), "No such file"));
	w->agent->holds = 0;
	assert_int_equal(
		control_new(&(struct control_options){ .agent = w->agent, .path = w->path }, &w->control, &e),
		0);
	run_until(w, s, &h, 5);
	assert_int_equal(w->agent->publications, 5);
	assert_int_equal(w->agent->again, 5);
	assert_int_equal(h.last, 0);
	sealpost_free(s);
}

/* Two handles are two publishers. A forked handle is none: its parent's numbers stay its parent's. */
static int publish_one(struct sealpost *s)
{
	return sealpost_publish(s, document, strlen(document), NULL, NULL) < 0 || sealpost_flush(s, 5000) < 0;
}

static int is_refused_in_a_child(struct sealpost *s)
{
	char value[10];
	errno = 0;
	int refused = sealpost_publish(s, document, strlen(document), NULL, NULL) < 0 && errno == ECHILD &&
		      strstr(sealpost_error(s), "forked") && sealpost_flush(s, 10) < 0 && errno == ECHILD &&
		      sealpost_process(s) < 0 && errno == ECHILD && sealpost_fd(s) == -1 &&
		      sealpost_pending(s) == 0 && sealpost_setting(s, "SystemUnit Name", value, 10, 10) < 0 &&
		      errno == ECHILD;
	sealpost_wake(s);
	sealpost_free(s);
	return refused;
}

/* What was published before the fork and after it is the parent's, whatever the child does with its copy. */
static int publish_as_a_copy(struct sealpost *s)
{
	int status;
	struct heard h = { .n = 0 };
	if (sealpost_publish(s, document, strlen(document), durable, &h) < 0)
		return 1;
	pid_t child = fork();
	if (child == 0)
		_exit(!is_refused_in_a_child(s) || h.n);
	return waitpid(child, &status, 0) != child || status || publish_one(s) || h.n != 1 || h.last;
}

static int in_child(struct world *w, int (*fn)(struct sealpost *s));

static void publishers_are_not_mixed_up(void **state)
{
	struct world *w = *state;
	uint64_t first[2];
	assert_int_equal(in_child(w, publish_one), 0);
	assert_int_equal(w->agent->numbered, 1);
	memcpy(first, w->agent->publisher, sizeof first);
	assert_int_equal(in_child(w, publish_one), 0);
	assert_int_equal(w->agent->numbered, 1);
	assert_memory_not_equal(w->agent->publisher, first, sizeof first);
	assert_int_equal(in_child(w, publish_as_a_copy), 0);
	assert_int_equal(w->agent->publications, 4);
	assert_int_equal(w->agent->again, 0);
}

/* The blocking calls in a process of their own: the agent's loop runs here. */
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

static int ask_settings(struct sealpost *s)
{
	char value[64], small[5];
	if (sealpost_publish(s, document, strlen(document), NULL, NULL) < 0 || sealpost_flush(s, 5000) < 0)
		return 1;
	if (sealpost_setting(s, "SystemUnit Name", value, sizeof value, 5000) < 0 ||
	    strcmp(value, "Room \"4\" \\ \xc3\xa5") != 0)
		return 2;
	if (sealpost_setting(s, "SystemUnit Name", small, sizeof small, 5000) == 0 || errno != ERANGE)
		return 3;
	if (sealpost_setting(s, "SystemUnit Nonsense", value, sizeof value, 5000) == 0 || errno != ENOENT)
		return 4;
	if (sealpost_setting(s, "Network 1 DNS", value, sizeof value, 5000) == 0 || errno != EINVAL)
		return 5;
	if (sealpost_setting(s, "SystemUnit Name\nbye", value, sizeof value, 5000) == 0 || errno != EINVAL)
		return 6;
	if (sealpost_setting(s, "NetworkServices HTTPS VerifyServerCertificate", value, sizeof value, 5000) <
		    0 ||
	    strcmp(value, "On"))
		return 7;
	return 0;
}

static int run_out_of_time(struct sealpost *s)
{
	char value[64];
	sealpost_publish(s, document, strlen(document), NULL, NULL);
	if (sealpost_flush(s, 30) == 0 || errno != ETIMEDOUT)
		return 1;
	/* A question does not wait behind the publication that the agent has not answered. */
	if (sealpost_setting(s, "SystemUnit Name", value, sizeof value, 5000) < 0)
		return 2;
	return sealpost_pending(s) == 1 ? 0 : 3;
}

static void blocking(void **state)
{
	struct world *w = *state;
	struct settings_pair name = { "SystemUnit Name", "Room \"4\" \\ \xc3\xa5", SETTINGS_FROM_TERMINAL };
	struct err e;
	assert_int_equal(agent_configure(w->agent, &name, 1, &e), 0);
	assert_int_equal(in_child(w, ask_settings), 0);
	w->agent->holds = 1;
	assert_int_equal(in_child(w, run_out_of_time), 0);
}

/* Lets the handle connect; returns the end of the connection at which the test plays the agent. */
static int accepted(struct sealpost *s, int door)
{
	sealpost_process(s);
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void on_found(void *arg, const struct sealpost_found *f)
{
	int *n = arg;
	assert_int_equal(f->outcome, SEALPOST_FAILED);
	assert_int_equal(f->error, EMSGSIZE);
	assert_string_equal(f->reason, "the answer is longer than 16777216 bytes");
	assert_int_equal(f->n, 0);
	++*n;
}

static void on_connection(void *arg, const struct sealpost_connection *c)
{
	int *lost = arg;
	*lost += c->state != SEALPOST_CONNECTED;
}

/* The test plays the agent: a socket that listens, and two connections, the first of which is for
 * publications. */
struct played {
	struct sockaddr_un address;
	int door, main, asks;
};

static void play(struct played *p)
{
	*p = (struct played){ .address.sun_family = AF_UNIX,
			      .door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	snprintf(p->address.sun_path, sizeof p->address.sun_path, "/tmp/test-client-%ld", (long)getpid());
	unlink(p->address.sun_path);
	assert_int_equal(bind(p->door, (struct sockaddr *)&p->address, sizeof p->address), 0);
	assert_int_equal(listen(p->door, 4), 0);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void played_end(struct played *p)
{
	close(p->main);
	close(p->asks);
	close(p->door);
	unlink(p->address.sun_path);
}

/* An answer of any length ends only the question that it belongs to: the connection stays, and what
 * follows is answered. */
static void an_answer_that_is_too_long(void **state)
{
	(void)state;
	enum { PIECES = 8000, LINES = 50 }; /* the lines of a piece are written at once */
	struct played p;
	struct heard h = { .n = 0 };
	int found = 0, lost = 0;
	static const char line[] = "*r PhonebookSearchResult Contact 1 Name: \"Ada\"\n";
	static char piece[LINES * sizeof line];
	for (size_t i = 0; i < LINES; i++)
		memcpy(piece + i * (sizeof line - 1), line, sizeof line);
	play(&p);
	struct sealpost *s = sealpost_new(p.address.sun_path);
	sealpost_on_connection(s, on_connection, &lost);
	assert_true(sealpost_search(s, &(struct sealpost_query){ .size = sizeof(struct sealpost_query) },
				    on_found, &found) > 0);
	assert_int_equal(sealpost_publish(s, document, strlen(document), durable, &h), 0);
	p.main = accepted(s, p.door);
	p.asks = accepted(s, p.door);
	say(p.main, "\nOK\n\n\0360 1\n\nOK\n\n\0360 2\n");
	say(p.asks, "\nOK\n\n\0360 1\n");
	for (int i = 0; i < PIECES; i++) {
		say(p.asks, piece);
		assert_int_equal(sealpost_process(s), 0);
	}
	assert_int_equal(h.n, 1); /* long since */
	assert_int_equal(h.last, 0);
	assert_int_equal(found, 0);
	say(p.asks, "** end\n\0360 2\n");
	assert_int_equal(sealpost_process(s), 0);
	assert_int_equal(found, 1);
	assert_int_equal(lost, 0);
	sealpost_free(s);
	played_end(&p);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_answer_that_is_too_long),
					    ROW(publishes),
					    ROW(refusals),
					    ROW(ceiling),
					    ROW(longest_document),
					    ROW(reconnects),
					    ROW(publishers_are_not_mixed_up),
					    ROW(blocking) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
