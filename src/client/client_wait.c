/* SPDX-License-Identifier: MIT */
/* client_wait: the calls of libsealpost that wait, until all is acknowledged or a setting has been
 * answered. */
#include "client.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Waits for the socket, or for the time to connect again, until the deadline at most (-1: none). 0, or -1
 * when it has passed. */
static int wait_for(struct sealpost *s, long long deadline_ms)
{
	int wait_ms = sealpost_timeout_ms(s);
	if (deadline_ms >= 0) {
		long long left = deadline_ms - client_now_ms();
		if (left <= 0)
			return -1;
		if (wait_ms < 0 || wait_ms > left)
			wait_ms = (int)left;
	}
	struct pollfd p = { .fd = sealpost_fd(s), .events = sealpost_wants(s) };
	poll(&p, 1, wait_ms);
	return 0;
}

static long long deadline(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : client_now_ms() + timeout_ms;
}

int sealpost_flush(struct sealpost *s, int timeout_ms)
{
	long long until = deadline(timeout_ms);
	for (sealpost_process(s); s->first; sealpost_process(s))
		if (wait_for(s, until) < 0) {
			errno = ETIMEDOUT;
			return -1; /* sealpost_error says why, if there is no connection */
		}
	return 0;
}

/* A question that waits for its answer. It outlives the call that asked it when that ran out of time. */
struct question {
	int is_answered, is_abandoned;
	int error;
	char *text;
};

static void on_answer(void *arg, const char *text, int error)
{
	struct question *q = arg;
	if (q->is_abandoned) {
		free(q);
		return;
	}
	q->is_answered = 1;
	q->error = error;
	q->text = strdup(text);
}

/* Reads the value out of an answer: *c xConfiguration SystemUnit Name: "Room" */
static int take_value(struct sealpost *s, char *text, char *value, size_t size)
{
	static const char mark[] = "*c xConfiguration ";
	struct ctl_text_line line, another;
	if (!ctl_text_next_line(&text, mark, &line))
		return client_fail(s, ENOENT, "the agent knows no such setting");
	if (ctl_text_next_line(&text, mark, &another))
		return client_fail(s, EINVAL, "the path names more than one setting");
	if (strlen(line.value) >= size)
		return client_fail(s, ERANGE, "the value does not fit");
	memcpy(value, line.value, strlen(line.value) + 1);
	return 0;
}

/* The question goes into the queue. The path must not hold anything that could end the line or begin a
 * value. */
static int ask(struct sealpost *s, const char *path, struct question *q)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 []_-";
	struct client_item i = { .answer = on_answer, .arg = q };
	if (!*path || strspn(path, allowed) != strlen(path))
		return client_fail(s, EINVAL, "expected a setting's path");
	i.len = strlen(path) + strlen("xConfiguration \n");
	i.data = malloc(i.len + 1);
	if (!i.data)
		return client_fail(s, ENOMEM, "out of memory");
	snprintf(i.data, i.len + 1, "xConfiguration %s\n", path);
	if (client_queue(s, &i) < 0) {
		free(i.data);
		return -1;
	}
	return 0;
}

int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms)
{
	long long until = deadline(timeout_ms);
	struct question *q = calloc(1, sizeof *q);
	int r = -1;
	if (!q)
		return client_fail(s, ENOMEM, "out of memory");
	if (ask(s, path, q) < 0)
		goto out;
	for (sealpost_process(s); !q->is_answered; sealpost_process(s))
		if (wait_for(s, until) < 0) {
			q->is_abandoned = 1;
			errno = ETIMEDOUT;
			return -1;
		}
	if (q->error == EINVAL)
		client_fail(s, ENOENT, "the agent knows no such setting");
	else if (q->error)
		errno = q->error; /* sealpost_error has the agent's reason */
	else if (!q->text)
		client_fail(s, ENOMEM, "out of memory");
	else
		r = take_value(s, q->text, value, size);
out:
	free(q->text);
	free(q);
	return r;
}
