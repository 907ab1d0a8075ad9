/* SPDX-License-Identifier: MIT */
/* client_wait: libsealpost's calls that block: until something happens, all publications are answered, or a
 * setting is received. */
#include "client.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long deadline(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : client_now_ms() + timeout_ms;
}

/* Waits until there is something to do, at most until the deadline (-1: none), and does it. Returns 0; -1
 * with ETIMEDOUT, EINTR (sealpost_wake was called) or ECANCELED (a function that was called back has freed
 * the handle). */
static int go_on(struct sealpost *s, long long until_ms)
{
	struct pollfd p = { .fd = s->epoll, .events = POLLIN };
	int n;
	client_arm(s);
	do {
		long long left = until_ms < 0 ? -1 : until_ms - client_now_ms();
		n = poll(&p, 1, until_ms < 0 ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return client_fail(s, ETIMEDOUT, "%s",
				   s->main.error ? s->main.reason : "the agent has not answered in time");
	client_run(s);
	if (s->is_freed) {
		errno = ECANCELED;
		return -1;
	}
	return s->is_woken ? client_fail(s, EINTR, "sealpost_wake was called") : 0;
}

/* Returns 1 if this user may not open the socket, which only an administrator can change. */
static int is_shut_out(const struct client_link *l)
{
	return l->ctl.fd < 0 && l->error == EACCES;
}

static int wait_once(struct sealpost *s, long long until_ms)
{
	s->is_woken = 0;
	return go_on(s, until_ms);
}

int sealpost_wait(struct sealpost *s, int timeout_ms)
{
	if (client_enter(s) < 0)
		return -1;
	struct sealpost *inside __attribute__((cleanup(client_leave))) = s;
	return wait_once(inside, deadline(timeout_ms));
}

/* --- publications --- */

static int wait_for_all(struct sealpost *s, long long until_ms)
{
	client_run(s);
	while (!s->is_freed && !s->is_woken && (s->count.waiting || s->done.first)) {
		if (is_shut_out(&s->main))
			return client_fail(s, EACCES, "%s", s->main.reason);
		if (go_on(s, until_ms) < 0)
			return -1;
	}
	if (s->is_freed) {
		errno = ECANCELED;
		return -1;
	}
	return s->is_woken ? client_fail(s, EINTR, "sealpost_wake was called") : 0;
}

static void end_flush(struct sealpost **s)
{
	(*s)->is_flushing = 0;
}

static int flush(struct sealpost *s, long long until_ms)
{
	struct sealpost *flushed __attribute__((cleanup(end_flush))) = s;
	s->is_woken = 0;
	flushed->is_flushing = 1;
	if (wait_for_all(s, until_ms) < 0)
		return -1;
	if (s->refused) {
		int code = s->refused;
		s->refused = 0;
		return client_fail(s, code, "%s", s->refused_reason);
	}
	return 0;
}

int sealpost_flush(struct sealpost *s, int timeout_ms)
{
	if (client_enter(s) < 0)
		return -1;
	struct sealpost *inside __attribute__((cleanup(client_leave))) = s;
	return flush(inside, deadline(timeout_ms));
}

/* --- a setting --- */

/* The answer to the question for which a call waits. */
struct waiting {
	int is_answered, error;
	char *text; /* the item's text, owned */
	char reason[CLIENT_REASON_MAX];
};

static void deliver_setting(struct sealpost *s, struct client_item *i)
{
	struct waiting *w = i->arg;
	(void)s;
	w->is_answered = 1;
	w->error = i->error;
	w->text = i->text;
	i->text = NULL;
	snprintf(w->reason, sizeof w->reason, "%s", client_item_reason(i));
}

/* Reads the value from an answer: *c xConfiguration SystemUnit Name: "Room" */
static int take_value(struct sealpost *s, char *text, char *value, size_t size)
{
	static const char mark[] = "*c xConfiguration ";
	struct ctl_text_line line, another;
	if (!text || !ctl_text_next_line(&text, mark, &line))
		return client_fail(s, ENOENT, "the agent knows no such setting");
	if (ctl_text_next_line(&text, mark, &another))
		return client_fail(s, EINVAL, "the path names more than one setting");
	if (strlen(line.value) >= size)
		return client_fail(s, ERANGE, "the value has %zu bytes, and does not fit into %zu",
				   strlen(line.value) + 1, size);
	memcpy(value, line.value, strlen(line.value) + 1);
	return 0;
}

struct setting {
	char *value;
	size_t size;
	long long until_ms;
	int id;
	struct waiting answer;
};

static int wait_for_setting(struct sealpost *s, struct setting *q)
{
	s->is_woken = 0;
	for (client_run(s); !q->answer.is_answered;) {
		if (is_shut_out(&s->asks))
			return client_fail(s, EACCES, "%s", s->asks.reason);
		if (s->is_woken)
			return client_fail(s, EINTR, "sealpost_wake was called");
		if (go_on(s, q->until_ms) < 0 && !q->answer.is_answered)
			return -1;
	}
	if (q->answer.error == EINVAL)
		return client_fail(s, ENOENT, "the agent knows no such setting");
	if (q->answer.error)
		return client_fail(s, q->answer.error, "%s", q->answer.reason);
	return take_value(s, q->answer.text, q->value, q->size);
}

/* Withdraws the question when the call ends, for whatever reason. */
static void forget_setting(struct sealpost *s, struct setting *q)
{
	int code = errno;
	if (!q->answer.is_answered)
		client_ask_withdraw(s, q->id);
	free(q->answer.text);
	errno = code;
}

struct setting_call {
	struct sealpost *s;
	struct setting *q;
};

static void end_setting(struct setting_call *c)
{
	forget_setting(c->s, c->q);
}

int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms)
{
	char command[600];
	struct setting q = { .value = value, .size = size, .until_ms = deadline(timeout_ms) };
	struct client_item what = { .deliver = deliver_setting, .arg = &q.answer, .deadline_ms = -1 };
	if (client_enter(s) < 0)
		return -1;
	struct sealpost *inside __attribute__((cleanup(client_leave))) = s;
	if (!client_watch_is_path(path))
		return client_fail(inside, EINVAL, "expected a setting's path");
	snprintf(command, sizeof command, "xConfiguration %s\n", path);
	q.id = client_ask(s, command, &what);
	if (q.id < 0)
		return -1;
	struct setting_call call __attribute__((cleanup(end_setting))) = { s, &q };
	return wait_for_setting(call.s, call.q);
}
