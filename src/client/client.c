/* SPDX-License-Identifier: MIT */
/* libsealpost: a queue of what is to be said to the agent, and one connection that carries it there.
 *
 * The agent answers in order, each answer ended by a line of the byte 0x1e and a status
 * (docs/architecture.md). So the oldest item that was sent belongs to the next such line; what was not
 * answered when a connection ends is sent again. Publications name the handle and are numbered, so that the
 * agent knows one that it has taken already. */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_FIRST_MS = 50, RETRY_MAX_MS = 5000, SEND_AT_ONCE = 64, ANSWER_MAX = 1 << 20 };

static const char hello[] = "xPreferences framing on\n";

long long client_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int client_fail(struct sealpost *s, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof s->error, fmt, ap);
	va_end(ap);
	errno = code;
	return -1;
}

static void name_publisher(char ret[33])
{
	unsigned char id[16];
	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return; /* nothing is numbered: what is sent again is then taken again */
	for (size_t i = 0; i < sizeof id; i++)
		snprintf(ret + 2 * i, 3, "%02x", id[i]);
}

struct sealpost *sealpost_new(const char *socket_path)
{
	struct sealpost *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	const char *path = socket_path ? socket_path : getenv("SEALPOST_SOCKET");
	s->fd = -1;
	s->path = strdup(path && *path ? path : SEALPOST_SOCKET);
	s->end = &s->first;
	s->retry_ms = RETRY_FIRST_MS;
	name_publisher(s->publisher);
	if (!s->path) {
		free(s);
		return NULL;
	}
	return s;
}

static void free_item(struct item *i)
{
	free(i->data);
	free(i);
}

static struct item *take_first(struct sealpost *s)
{
	struct item *i = s->first;
	s->first = i->next;
	if (!s->first)
		s->end = &s->first;
	s->bytes -= i->len;
	s->n_items--;
	return i;
}

void sealpost_free(struct sealpost *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	while (s->first) {
		struct item *i = take_first(s);
		if (i->answer)
			i->answer(i->arg, "", ECANCELED);
		free_item(i);
	}
	free(s->answer);
	free(s->path);
	free(s);
}

const char *sealpost_error(const struct sealpost *s)
{
	return s->error;
}

size_t sealpost_pending(const struct sealpost *s)
{
	return s->n_items;
}

/* --- the queue --- */

int client_queue(struct sealpost *s, const struct item *what)
{
	struct item *i = malloc(sizeof *i);
	if (!i)
		return client_fail(s, ENOMEM, "out of memory");
	*i = *what;
	i->next = NULL;
	*s->end = i;
	s->end = &i->next;
	s->bytes += i->len;
	s->n_items++;
	if (!s->unsent)
		s->unsent = i;
	return 0;
}

int sealpost_publish(struct sealpost *s, const char *xml, size_t len, void (*durable)(void *arg, int error),
		     void *arg)
{
	char verb[80] = "xPublish\n", head[sizeof verb + 24];
	if (len == 0 || len > SEALPOST_DOCUMENT_MAX)
		return client_fail(s, len ? EMSGSIZE : EINVAL, "expected a document of 1 to %u bytes",
				   SEALPOST_DOCUMENT_MAX);
	if (s->bytes && s->bytes + len > SEALPOST_PENDING_MAX)
		return client_fail(s, EAGAIN, "%zu bytes wait to be published already", s->bytes);
	if (s->publisher[0])
		snprintf(verb, sizeof verb, "xPublish %s %llu\n", s->publisher, s->published + 1);
	int head_len = snprintf(head, sizeof head, "{%zu}\n%s", strlen(verb) + len, verb);
	struct item i = { .len = (size_t)head_len + len, .durable = durable, .arg = arg };
	i.data = malloc(i.len);
	if (!i.data)
		return client_fail(s, ENOMEM, "out of memory");
	memcpy(i.data, head, (size_t)head_len);
	memcpy(i.data + head_len, xml, len);
	if (client_queue(s, &i) < 0) {
		free(i.data);
		return -1;
	}
	s->published++;
	return 0;
}

/* --- the connection --- */

/* It is lost; everything not answered is to be sent anew on the next. */
static int disconnect(struct sealpost *s, int code, const char *why)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->answer_len = 0;
	s->unsent = s->first;
	s->sent = 0;
	s->retry_at_ms = client_now_ms() + s->retry_ms;
	s->retry_ms = s->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : s->retry_ms * 2;
	return client_fail(s, code, "%s: %s", s->path, why);
}

static int try_connect(struct sealpost *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (strlen(s->path) >= sizeof to.sun_path)
		return client_fail(s, ENAMETOOLONG, "%s: the path is too long for a socket", s->path);
	memcpy(to.sun_path, s->path, strlen(s->path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0)
		return disconnect(s, errno, strerror(errno));
	s->hello_sent = 0;
	s->hello_answered = 0;
	return 0;
}

/* Fills the vector with what is to be sent next. */
static size_t gather(const struct sealpost *s, struct iovec *iov)
{
	/* sendmsg does not change what it sends; iovec has no const. */
	union {
		const char *from;
		char *to;
	} greeting = { hello + s->hello_sent };
	size_t n = 0, skip = s->sent;
	if (s->hello_sent < sizeof hello - 1)
		iov[n++] = (struct iovec){ greeting.to, sizeof hello - 1 - s->hello_sent };
	for (const struct item *i = s->unsent; i && n < SEND_AT_ONCE; i = i->next, skip = 0)
		iov[n++] = (struct iovec){ i->data + skip, i->len - skip };
	return n;
}

static void sent(struct sealpost *s, size_t n)
{
	size_t left = sizeof hello - 1 - s->hello_sent, take = n < left ? n : left;
	s->hello_sent += take;
	n -= take;
	for (; n && s->unsent; s->unsent = s->unsent->next, s->sent = 0) {
		if (n < s->unsent->len - s->sent) {
			s->sent += n;
			return;
		}
		n -= s->unsent->len - s->sent;
	}
}

static int wants_to_send(const struct sealpost *s)
{
	return s->unsent || s->hello_sent < sizeof hello - 1;
}

static int send_some(struct sealpost *s)
{
	while (wants_to_send(s)) {
		struct iovec iov[SEND_AT_ONCE + 1];
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = gather(s, iov) };
		ssize_t n = sendmsg(s->fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return disconnect(s, errno, strerror(errno));
		sent(s, (size_t)n);
	}
	return 0;
}

/* --- answers --- */

static int errno_of(int status)
{
	switch (status) {
	case EX_OK: return 0;
	case EX_NOPERM: return EACCES;
	case EX_TEMPFAIL: return ENOSPC;
	case EX_USAGE:
	case EX_DATAERR: return EINVAL;
	}
	return EIO;
}

/* Keeps the sentence of an answer's Reason: it is what sealpost_error says. */
static void keep_reason(struct sealpost *s, const char *text)
{
	static const char mark[] = " Reason: \"";
	const char *at = strstr(text, mark);
	if (!at)
		return;
	at += sizeof mark - 1;
	snprintf(s->error, sizeof s->error, "%.*s", (int)strcspn(at, "\n"), at);
	size_t len = strlen(s->error);
	if (len && s->error[len - 1] == '"')
		s->error[len - 1] = '\0';
}

/* text: the answer's lines; status ended them. Returns -1 when the agent says what nobody asked. */
static int answered(struct sealpost *s, const char *text, int status)
{
	if (!s->hello_answered) {
		s->hello_answered = 1;
		return 0;
	}
	if (!s->first || s->first == s->unsent)
		return disconnect(s, EPROTO, "an answer that nothing was asked for");
	s->retry_ms = RETRY_FIRST_MS;
	struct item *i = take_first(s);
	if (status)
		keep_reason(s, text);
	if (i->answer)
		i->answer(i->arg, text, errno_of(status));
	else if (i->durable)
		i->durable(i->arg, errno_of(status));
	free_item(i);
	return 0;
}

/* Takes whole answers from what was read. */
static int take_answers(struct sealpost *s)
{
	char *at = s->answer, *mark;
	while ((mark = strchr(at, '\036'))) {
		char *end = strchr(mark, '\n');
		if (!end)
			break;
		*mark = '\0';
		if (mark[1] >= '0' && mark[1] <= '9' && answered(s, at, (int)strtol(mark + 1, NULL, 10)) < 0)
			return -1;
		at = end + 1;
	}
	s->answer_len -= (size_t)(at - s->answer);
	memmove(s->answer, at, s->answer_len + 1);
	return 0;
}

static int receive_some(struct sealpost *s)
{
	for (;;) {
		if (s->answer_size - s->answer_len < 16384) {
			size_t size = s->answer_size + 65536;
			char *more = size > ANSWER_MAX ? NULL : realloc(s->answer, size);
			if (!more)
				return disconnect(s, EPROTO, "an answer that is too long");
			s->answer = more;
			s->answer_size = size;
		}
		ssize_t n = recv(s->fd, s->answer + s->answer_len, s->answer_size - s->answer_len - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return disconnect(s, n ? errno : EPIPE,
					  n ? strerror(errno) : "the agent closed the connection");
		s->answer_len += (size_t)n;
		s->answer[s->answer_len] = '\0';
		if (take_answers(s) < 0)
			return -1;
	}
}

/* --- the poll loop --- */

int sealpost_fd(const struct sealpost *s)
{
	return s->fd;
}

short sealpost_wants(const struct sealpost *s)
{
	return (short)(POLLIN | (wants_to_send(s) ? POLLOUT : 0));
}

int sealpost_timeout_ms(const struct sealpost *s)
{
	if (s->fd >= 0 || !s->first)
		return -1;
	long long left = s->retry_at_ms - client_now_ms();
	return left > 0 ? (int)left : 0;
}

int sealpost_process(struct sealpost *s)
{
	if (s->fd < 0) {
		if (!s->first)
			return 0;
		if (client_now_ms() < s->retry_at_ms) {
			errno = ENOTCONN;
			return -1;
		}
		if (try_connect(s) < 0)
			return -1;
	}
	if (send_some(s) < 0 || receive_some(s) < 0)
		return -1;
	return send_some(s); /* what callbacks published */
}
