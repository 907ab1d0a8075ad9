/* SPDX-License-Identifier: MIT */
/* libsealpost's questions and limits against an agent that is played: one that never answers, one that
 * answers late, and what the library refuses before anybody is asked. */
#include "sealpost.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct played {
	struct sockaddr_un address;
	int door, main, asks;
	struct sealpost *s;
	int found, outcome, error, durable;
};

static int setup(void **state)
{
	struct played *p = calloc(1, sizeof *p);
	p->address.sun_family = AF_UNIX;
	p->door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(p->address.sun_path, sizeof p->address.sun_path, "/tmp/test-questions-%ld", (long)getpid());
	unlink(p->address.sun_path);
	if (bind(p->door, (struct sockaddr *)&p->address, sizeof p->address) < 0 || listen(p->door, 8) < 0)
		return -1;
	p->main = p->asks = -1;
	p->s = sealpost_new(p->address.sun_path);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct played *p = *state;
	sealpost_free(p->s);
	close(p->door);
	if (p->main >= 0)
		close(p->main);
	if (p->asks >= 0)
		close(p->asks);
	unlink(p->address.sun_path);
	free(p);
	return 0;
}

static int accepted(struct played *p)
{
	sealpost_process(p->s);
	int fd = accept4(p->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fd >= 0);
	return fd;
}

static void say(struct played *p, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	sealpost_process(p->s);
}

/* What the library has sent on this connection since. */
static const char *sent(int fd)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int is_closed(int fd)
{
	char byte;
	return recv(fd, &byte, 1, 0) == 0;
}

static void on_found(void *arg, const struct sealpost_found *f)
{
	struct played *p = arg;
	p->found++;
	p->outcome = (int)f->outcome;
	p->error = f->error;
}

static void on_durable(void *arg, int error)
{
	struct played *p = arg;
	p->durable += error == 0;
}

static int search(struct played *p, const char *text, int timeout_ms)
{
	struct sealpost_query q = SEALPOST_QUERY;
	q.text = text;
	q.timeout_ms = timeout_ms;
	return sealpost_search(p->s, &q, on_found, p);
}

static void publish(struct played *p)
{
	static const char event[] = "<Event><Test/></Event>";
	assert_int_equal(sealpost_publish(p->s, event, strlen(event), on_durable, p), 0);
}

/* While a question is not answered, publications are; when its time has passed it is withdrawn, and the next
 * one is asked on another connection. */
static void a_question_that_is_never_answered(void **state)
{
	struct played *p = *state;
	assert_true(search(p, "first", 60) > 0);
	assert_true(search(p, "second", 0) > 0);
	publish(p);
	p->main = accepted(p);
	p->asks = accepted(p);
	say(p, p->main, "\nOK\n\n\0360 1\n\nOK\n\n\0360 2\n");
	assert_int_equal(p->durable, 1);
	say(p, p->asks, "\nOK\n\n\0360 1\n");
	assert_non_null(strstr(sent(p->asks), "first"));
	publish(p);
	say(p, p->main, "\nOK\n\n\0360 5\n");
	assert_int_equal(p->durable, 2);
	assert_int_equal(p->found, 0);
	while (!p->found)
		sealpost_wait(p->s, 1000);
	assert_int_equal(p->outcome, SEALPOST_FAILED);
	assert_int_equal(p->error, ETIMEDOUT);
	assert_true(is_closed(p->asks)); /* by which the agent gives up the search */
	close(p->asks);
	p->asks = accepted(p);
	const char *next = sent(p->asks);
	assert_non_null(strstr(next, "second"));
	assert_null(strstr(next, "first"));
	say(p, p->asks, "\nOK\n\n\0360 1\n*r PhonebookSearchResult Cause: NoMatch\n** end\n\0360 2\n");
	assert_int_equal(p->found, 2);
	assert_int_equal(p->outcome, SEALPOST_NO_MATCH);
	publish(p);
	say(p, p->main, "\nOK\n\n\0360 8\n");
	assert_int_equal(p->durable, 3);
}

static void a_question_is_cancelled(void **state)
{
	struct played *p = *state;
	int first = search(p, "first", 0), second = search(p, "second", 0), third = search(p, "third", 0);
	p->asks = accepted(p);
	say(p, p->asks, "\nOK\n\n\0360 1\n");
	assert_int_equal(sealpost_cancel(p->s, second), 0); /* was not asked yet */
	assert_int_equal(sealpost_cancel(p->s, second), -1);
	assert_int_equal(errno, ENOENT);
	assert_false(is_closed(p->asks));
	sent(p->asks);
	assert_int_equal(sealpost_cancel(p->s, first), 0); /* is under way */
	assert_true(is_closed(p->asks));
	close(p->asks);
	p->asks = accepted(p);
	const char *next = sent(p->asks);
	assert_non_null(strstr(next, "third"));
	assert_null(strstr(next, "second"));
	say(p, p->asks, "\nOK\n\n\0360 1\n** end\n\0360 2\n");
	assert_int_equal(p->found, 1);
	assert_int_equal(sealpost_cancel(p->s, third), -1);
}

static void a_setting_that_is_not_answered_is_withdrawn(void **state)
{
	struct played *p = *state;
	struct sealpost_counters count;
	char value[32];
	assert_int_equal(sealpost_setting(p->s, "SystemUnit Name", value, sizeof value, 30), -1);
	assert_int_equal(errno, ETIMEDOUT);
	sealpost_count(p->s, &count, sizeof count);
	assert_int_equal(count.questions, 0);
	p->asks = accept4(p->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(p->asks >= 0);
	sent(p->asks);
	assert_true(is_closed(p->asks));
}

static void questions_are_bounded_apart_from_publications(void **state)
{
	struct played *p = *state;
	struct sealpost_counters count;
	for (unsigned i = 0; i < SEALPOST_QUESTIONS_MAX; i++)
		assert_true(search(p, "x", 0) > 0);
	assert_int_equal(search(p, "x", 0), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(sealpost_pending(p->s), 0);
	publish(p);
	sealpost_count(p->s, &count, sizeof count);
	assert_int_equal(count.questions, SEALPOST_QUESTIONS_MAX);
	assert_int_equal(count.waiting, 1);
	sealpost_free(p->s);
	assert_int_equal(p->found, (int)SEALPOST_QUESTIONS_MAX);
	assert_int_equal(p->error, ECANCELED);
	p->s = NULL;
}

/* --- limits --- */

/* What the library says of a document that is made of n times `unit` between two pieces. */
static const char *verdict(struct played *p, const char *begin, const char *unit, size_t n, const char *end)
{
	size_t len = strlen(unit), at = strlen(begin);
	char *text = malloc(at + n * len + strlen(end) + 1);
	memcpy(text, begin, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len);
	memcpy(text + at, end, strlen(end) + 1);
	errno = 0;
	int r = sealpost_publish(p->s, text, strlen(text), NULL, NULL);
	free(text);
	if (r == 0)
		return "";
	assert_int_equal(errno, EMSGSIZE);
	return sealpost_error(p->s);
}

static void limits_are_seen_before_anything_is_sent(void **state)
{
	struct played *p = *state;
	const size_t text = SEALPOST_TEXT_MAX, elements = SEALPOST_ELEMENTS_MAX;
	assert_string_equal(verdict(p, "<Status><A>", "x", text, "</A></Status>"), "");
	assert_non_null(strstr(verdict(p, "<Status><A>", "x", text + 1, "</A></Status>"), "262144 bytes"));
	assert_string_equal(verdict(p, "<Status><A>", "&lt;", text / 4, "</A></Status>"), "");
	assert_non_null(
		strstr(verdict(p, "<Status><A><![CDATA[", "x", text + 1, "]]></A></Status>"), "text"));
	assert_string_equal(verdict(p, "<Status><A><!-- ", "x", text + 1, "--></A></Status>"), "");
	assert_non_null(strstr(verdict(p, "<Status><A b='", "x", text + 1, "'/></Status>"), "attribute"));
	assert_string_equal(verdict(p, "<Status a='>'>", "<A/>", elements - 1, "</Status>"), "");
	assert_non_null(strstr(verdict(p, "<Status>", "<A/>", elements, "</Status>"), "20000 elements"));
	assert_string_equal(verdict(p, "", "<A>", SEALPOST_DEPTH_MAX, ""),
			    ""); /* the agent says that it is no XML */
	assert_non_null(strstr(verdict(p, "", "<A>", SEALPOST_DEPTH_MAX + 1, ""), "deeper than 32"));
	assert_string_equal(verdict(p, "<Event><A>", "x", 1000, "</A></Event>"), "");
	assert_non_null(strstr(verdict(p, "<Event>", "<A>0123456789012345</A>", 16000, "</Event>"),
			       "a post of more than"));
	assert_string_equal(verdict(p, "<Status>", "<A>0123456789012345</A>", 16000, "</Status>"), "");
	assert_string_equal(verdict(p, "<", "'", 3, ""), ""); /* nonsense is the agent's business */
}

static void a_path_that_is_too_long(void **state)
{
	(void)state;
	char path[300];
	memset(path, 'x', sizeof path);
	path[299] = '\0';
	errno = 0;
	assert_null(sealpost_new(path));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_non_null(strstr(sealpost_error(NULL), "too long"));
	assert_string_equal(sealpost_version(), SEALPOST_VERSION);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(a_question_that_is_never_answered),
		ROW(a_question_is_cancelled),
		ROW(a_setting_that_is_not_answered_is_withdrawn),
		ROW(questions_are_bounded_apart_from_publications),
		ROW(limits_are_seen_before_anything_is_sent),
		cmocka_unit_test(a_path_that_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
