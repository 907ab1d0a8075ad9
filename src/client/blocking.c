/* SPDX-License-Identifier: MIT */
/* The calls of libsealpost that wait. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Waits for the socket, or for the next try to connect, at most until the deadline (-1: none). 0, or -1 when
 * it has passed. */
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
			return -1; /* sealpost_error tells why there is no connection, if that is it */
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

/* The number that `digits` hexadecimal digits at s make, -1 if they are none. */
static long unhex(const char *s, const char *end, int digits)
{
	long number = 0;
	for (; digits > 0 && s < end && hex(*s) >= 0; digits--, s++)
		number = number * 16 + hex(*s);
	return digits ? -1 : number;
}

/* A character as UTF-8: how many bytes it has in ret. */
static size_t encode(unsigned long point, char ret[4])
{
	size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; --i > 0; point >>= 6)
		ret[i] = (char)(0x80 | (point & 0x3f));
	ret[0] = (char)(lead[n] | point);
	return n;
}

/* What the escape behind a backslash at *from stands for; *from goes past it. */
static size_t unescape(const char **from, const char *end, char ret[4])
{
	static const char letters[] = "nrt", meant[] = "\n\r\t";
	char c = *(*from)++;
	long low, high = c == 'u' ? unhex(*from, end, 4) : c == 'x' ? unhex(*from, end, 2) : -1;
	if (high < 0) {
		const char *at = c ? strchr(letters, c) : NULL;
		ret[0] = at ? meant[at - letters] : c;
		return 1;
	}
	*from += c == 'u' ? 4 : 2;
	if (c == 'x') {
		ret[0] = (char)high;
		return 1;
	}
	if (high >= 0xd800 && high < 0xdc00 && end - *from >= 6 && (*from)[0] == '\\' && (*from)[1] == 'u' &&
	    (low = unhex(*from + 2, end, 4)) >= 0xdc00 && low < 0xe000) {
		*from += 6;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	return encode((unsigned long)high, ret);
}

size_t client_unescape(const char *from, const char *end, char *value, size_t size)
{
	size_t n = 0;
	while (from < end) {
		char bytes[4] = { *from++ };
		size_t len = bytes[0] == '\\' && from < end ? unescape(&from, end, bytes) : 1;
		for (size_t i = 0; i < len; i++, n++)
			if (n < size)
				value[n] = bytes[i];
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
