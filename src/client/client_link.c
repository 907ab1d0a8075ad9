/* SPDX-License-Identifier: MIT */
/* client_link: makes a handle's connections, makes them again after a loss, and reports their state. */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void client_link_init(struct client_link *l)
{
	ctl_init(&l->ctl, CLIENT_BLOCK_MAX);
	client_queue_init(&l->queue);
	l->retry_ms = CLIENT_RETRY_FIRST_MS;
}

/* --- reports to the program --- */

static void deliver_connection(struct sealpost *s, struct client_item *i)
{
	struct sealpost_connection c = { (enum sealpost_state)i->id, i->error, client_item_reason(i) };
	if (s->on_connection)
		s->on_connection(s->connection_arg, &c);
}

static void deliver_log(struct sealpost *s, struct client_item *i)
{
	if (s->on_log)
		s->on_log(s->log_arg, i->id, i->data);
}

void client_link_log(struct sealpost *s, int priority, const char *fmt, ...)
{
	char line[CLIENT_REASON_MAX + 100];
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	size_t n = len < 0 ? 0 : (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
	struct client_item *i = s->on_log ? client_item_new(CLIENT_NOTICE, line, n, "", 0) : NULL;
	if (!i)
		return;
	i->id = priority;
	i->deliver = deliver_log;
	client_queue_add(&s->done, i);
}

static void report_state(struct sealpost *s, enum sealpost_state state, int error, const char *reason)
{
	struct client_item *i = s->on_connection ? client_item_new(CLIENT_NOTICE, "", 0, "", 0) : NULL;
	if (!i)
		return;
	i->id = (int)state;
	i->deliver = deliver_connection;
	client_item_done(s, i, error, reason);
}

int sealpost_on_connection(struct sealpost *s,
			   void (*changed)(void *arg, const struct sealpost_connection *c), void *arg)
{
	if (client_begin(s) < 0)
		return -1;
	s->on_connection = changed;
	s->connection_arg = arg;
	s->is_wanted |= changed != NULL;
	if (changed && s->main.is_served)
		report_state(s, SEALPOST_CONNECTED, 0, "");
	client_rouse(s);
	return 0;
}

int sealpost_on_log(struct sealpost *s, void (*line)(void *arg, int priority, const char *text), void *arg)
{
	if (client_begin(s) < 0)
		return -1;
	s->on_log = line;
	s->log_arg = arg;
	return 0;
}

/* --- the connection --- */

void client_link_watch(struct sealpost *s, struct client_link *l, int wants_room)
{
	struct epoll_event e = { .events = EPOLLIN | (wants_room ? (unsigned)EPOLLOUT : 0u), .data.ptr = l };
	if (l->wants_room != wants_room)
		epoll_ctl(s->epoll, EPOLL_CTL_MOD, l->ctl.fd, &e);
	l->wants_room = wants_room;
}

void client_link_close(struct sealpost *s, struct client_link *l)
{
	if (l->ctl.fd >= 0) {
		/* a forked process may have it open: then it would stay open for epoll and the agent */
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, l->ctl.fd, NULL);
		shutdown(l->ctl.fd, SHUT_RDWR);
	}
	ctl_close(&l->ctl);
	l->is_served = l->is_readable = l->wants_room = 0;
	/* Items of this connection only are removed; partly answered ones begin again. */
	struct client_item *next;
	for (struct client_item *i = l->queue.first; i; i = next) {
		next = i->next;
		client_item_forget_text(i);
		i->error = 0;
		if (i->kind == CLIENT_GREETING || i->kind == CLIENT_WATCH) {
			client_queue_remove(&l->queue, i);
			client_item_free(i);
		}
	}
	l->unsent = l->queue.first;
	l->sent = 0;
}

int client_link_lose(struct sealpost *s, struct client_link *l, int error, const char *why)
{
	int was_served = l->is_served;
	client_link_close(s, l);
	l->retry_at_ms = client_now_ms() + l->retry_ms;
	l->retry_ms = l->retry_ms * 2 > CLIENT_RETRY_MAX_MS ? CLIENT_RETRY_MAX_MS : l->retry_ms * 2;
	l->error = error;
	snprintf(l->reason, sizeof l->reason, "%s: %s", s->path, why);
	if (l == &s->main && (was_served || l->reported != error)) {
		report_state(s, was_served ? SEALPOST_LOST : SEALPOST_REFUSED, error, l->reason);
		client_link_log(s, CLIENT_LOG_WARNING, "%s: %s",
				was_served ? "the connection to the agent is lost"
					   : "no connection to the agent",
				l->reason);
	}
	/* after a loss the reason why there is no new connection is reported, even if it is the same one */
	l->reported = was_served ? 0 : error;
	return -1;
}

void client_link_served(struct sealpost *s, struct client_link *l)
{
	l->is_served = 1;
	l->retry_ms = CLIENT_RETRY_FIRST_MS;
	l->error = l->reported = 0;
	l->reason[0] = '\0';
	if (l != &s->main)
		return;
	s->count.connections++;
	report_state(s, SEALPOST_CONNECTED, 0, "");
	client_link_log(s, CLIENT_LOG_NOTICE, "connected to the agent at %s", s->path);
}

static int is_wanted(const struct sealpost *s, const struct client_link *l)
{
	return l->queue.first || (l == &s->main && s->is_wanted);
}

static int greet(struct client_link *l)
{
	struct client_item *i = client_item_new(CLIENT_GREETING, CTL_GREETING, strlen(CTL_GREETING), "", 0);
	if (!i)
		return -1;
	client_queue_insert(&l->queue, NULL, i);
	l->unsent = i;
	l->sent = 0;
	return 0;
}

int client_link_open(struct sealpost *s, struct client_link *l)
{
	if (l->ctl.fd >= 0 || !is_wanted(s, l))
		return 0;
	if (client_now_ms() < l->retry_at_ms)
		return -1;
	if (ctl_connect(&l->ctl, s->path, SOCK_NONBLOCK) < 0)
		return client_link_lose(s, l, errno,
					errno == EACCES
						? "this user may not open the agent's socket: Permission "
						  "denied; put it into the group sealpost"
						: strerror(errno));
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = l };
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, l->ctl.fd, &e) < 0 || greet(l) < 0)
		return client_link_lose(s, l, errno, strerror(errno));
	if (l == &s->main)
		client_watch_begin(s, l);
	return 0;
}

int client_link_is_down(const struct sealpost *s, const struct client_link *l)
{
	return l->ctl.fd < 0 && l->error && is_wanted(s, l);
}

long long client_link_due_ms(const struct sealpost *s, const struct client_link *l)
{
	if (l->ctl.fd < 0)
		return is_wanted(s, l) ? l->retry_at_ms : -1;
	return !l->wants_room && client_exchange_has_work(l) ? 0 : -1;
}
