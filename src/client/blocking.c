/* The calls of libsealpost that wait. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Waits for the socket, or for the next try to connect, at most until the deadline (-1: none). 0, or -1 when it has passed. */
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
			return -1;	/* sealpost_error tells why there is no connection, if that is it */
		}
	return 0;
}

/* One question on its way. It may outlive the call that asked it, when that ran out of time. */
struct question {
	int answered, abandoned;
	int error;
	char *text;
};

static void on_answer(void *arg, const char *text, int error)
{
	struct question *q = arg;
	if (q->abandoned) {
		free(q);
		return;
	}
	q->answered = 1;
	q->error = error;
	q->text = strdup(text);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t client_unescape(const char *from, const char *end, char *value, size_t size)
{
	size_t n = 0;
	for (; from < end; from++, n++) {
		char c = *from;
		if (c == '\\' && from + 1 < end) {
			c = *++from;
			if (c == 'x' && from + 2 < end && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
				c = (char)(hex(from[1]) * 16 + hex(from[2]));
				from += 2;
			} else {
				c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
			}
		}
		if (n < size)
			value[n] = c;
	}
	if (n < size)
		value[n] = '\0';
	return n;
}

/* "*c xConfiguration SystemUnit Name: "Room"" */
static int take_value(struct sealpost *s, const char *text, char *value, size_t size)
{
	static const char mark[] = "*c xConfiguration ";
	const char *line = strstr(text, mark), *colon = line ? strstr(line, ": ") : NULL;
	if (!colon)
		return client_fail(s, ENOENT, "the agent knows no such setting");
	if (strstr(colon, mark))
		return client_fail(s, EINVAL, "the path names more than one setting");
	const char *from = colon + 2, *end = from + strcspn(from, "\n");
	if (end - from >= 2 && *from == '"' && end[-1] == '"')
		from++, end--;
	if (client_unescape(from, end, value, size) >= size)
		return client_fail(s, ERANGE, "the value does not fit");
	return 0;
}

static int ask(struct sealpost *s, const char *path, struct question *q)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 []_-";
	struct item i = { .answer = on_answer, .arg = q };
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
	for (sealpost_process(s); !q->answered; sealpost_process(s))
		if (wait_for(s, until) < 0) {
			q->abandoned = 1;
			errno = ETIMEDOUT;
			return -1;
		}
	if (q->error)
		client_fail(s, q->error == EINVAL ? ENOENT : q->error, "the agent knows no such setting");
	else if (!q->text)
		client_fail(s, ENOMEM, "out of memory");
	else
		r = take_value(s, q->text, value, size);
out:
	free(q->text);
	free(q);
	return r;
}
