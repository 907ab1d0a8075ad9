/* SPDX-License-Identifier: MIT */
/* client: the handle of libsealpost, its queue of what the agent is to be sent, and what a caller's poll
 * loop asks. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

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

/* --- the handle --- */

/* Without a name, publications have no numbers, and one that is sent again after a reconnect is taken
 * twice. */
static void name_publisher(char ret[33])
{
	unsigned char id[16];
	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return;
	for (size_t i = 0; i < sizeof id; i++)
		snprintf(ret + 2 * i, 3, "%02x", id[i]);
}

struct sealpost *sealpost_new(const char *socket_path)
{
	struct sealpost *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	const char *path = socket_path ? socket_path : getenv("SEALPOST_SOCKET");
	ctl_init(&s->ctl, CLIENT_ANSWER_MAX);
	memcpy(s->greeting, CTL_GREETING, sizeof s->greeting);
	s->path = strdup(path && *path ? path : SEALPOST_SOCKET);
	s->end = &s->first;
	s->retry_ms = CLIENT_RETRY_FIRST_MS;
	name_publisher(s->publisher);
	if (!s->path) {
		free(s);
		return NULL;
	}
	return s;
}

void sealpost_free(struct sealpost *s)
{
	if (!s)
		return;
	ctl_close(&s->ctl);
	while (s->first) {
		struct client_item *i = client_take_first(s);
		if (i->answer)
			i->answer(i->arg, "", ECANCELED);
		client_free_item(i);
	}
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

void client_free_item(struct client_item *i)
{
	free(i->data);
	free(i);
}

struct client_item *client_take_first(struct sealpost *s)
{
	struct client_item *i = s->first;
	s->first = i->next;
	if (!s->first)
		s->end = &s->first;
	s->bytes -= i->len;
	s->n_items--;
	return i;
}

int client_queue(struct sealpost *s, const struct client_item *what)
{
	struct client_item *i = malloc(sizeof *i);
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
	struct client_item i = { .len = (size_t)head_len + len, .durable = durable, .arg = arg };
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

/* --- the caller's poll loop --- */

int sealpost_fd(const struct sealpost *s)
{
	return s->ctl.fd;
}

short sealpost_wants(const struct sealpost *s)
{
	return (short)(POLLIN | (client_exchange_wants_to_send(s) ? POLLOUT : 0));
}

int sealpost_timeout_ms(const struct sealpost *s)
{
	if (s->ctl.fd >= 0 || !s->first)
		return -1;
	long long left = s->retry_at_ms - client_now_ms();
	return left > 0 ? (int)left : 0;
}

int sealpost_process(struct sealpost *s)
{
	return client_exchange_run(s);
}
