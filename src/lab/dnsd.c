/* SPDX-License-Identifier: MIT */
#include "dnsd.h"

#include "base/mem.h"
#include "dnsanswer.h"
#include "site.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STREAM_TIMEOUT_S = 5 };

struct dnsd {
	int fd, port;
	struct event *readable;
	struct evconnlistener *listener;
	struct event_base *base;
	const struct fault *mode;
	unsigned ttl_s;
	unsigned long questions;
	struct later *later; /* answers that are sent later */
	struct stream *streams;
};

struct stream { /* a TCP connection */
	struct stream *next;
	struct dnsd *dnsd;
	struct bufferevent *buffers;
};

struct later {
	struct later *next;
	struct dnsd *dnsd;
	struct event *timer;
	struct dnsanswer answer;
	struct sockaddr_in to;
};

static int answer(struct dnsd *d, const unsigned char *data, size_t len, int is_tcp, struct dnsanswer *ret)
{
	int silent = dnsanswer_make(
		&(struct dnsanswer_request){
			.mode = d->mode, .data = data, .len = len, .is_tcp = is_tcp, .ttl_s = d->ttl_s },
		ret);
	d->questions += ret->len > 0; /* counts questions, answered or not */
	return silent;
}

/* --- UDP --- */

static void send_answer(const struct dnsd *d, const struct dnsanswer *a, const struct sockaddr_in *to)
{
	/* A packet that cannot be sent is lost, as on any network. */
	(void)!sendto(d->fd, a->data, a->len, 0, (const struct sockaddr *)to, sizeof *to);
}

static void drop(struct later *l)
{
	struct later **at = &l->dnsd->later;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	event_free(l->timer);
	free(l);
}

static void due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct later *l = arg;
	send_answer(l->dnsd, &l->answer, &l->to);
	drop(l);
}

static void send_later(struct dnsd *d, const struct dnsanswer *a, const struct sockaddr_in *to)
{
	struct later *l = mem_new(sizeof *l);
	*l = (struct later){ .next = d->later, .dnsd = d, .answer = *a, .to = *to };
	l->timer = evtimer_new(d->base, due, l);
	evtimer_add(l->timer, &(struct timeval){ .tv_sec = dnsanswer_delay_s(d->mode) });
	d->later = l;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct dnsd *d = arg;
	unsigned char in[DNSANSWER_MAX];
	struct dnsanswer a;
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t len = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &size);
	if (len < 0 || answer(d, in, (size_t)len, 0, &a) < 0)
		return;
	if (dnsanswer_delay_s(d->mode))
		send_later(d, &a, &from);
	else
		send_answer(d, &a, &from);
}

/* --- TCP: each question and answer is preceded by its length (RFC 1035, 4.2.2) --- */

static void end_stream(struct stream *t)
{
	struct stream **at = &t->dnsd->streams;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	bufferevent_free(t->buffers);
	free(t);
}

static void stream_ended(struct bufferevent *b, short what, void *arg)
{
	(void)b, (void)what;
	end_stream(arg);
}

static void stream_readable(struct bufferevent *b, void *arg)
{
	struct stream *t = arg;
	struct evbuffer *in = bufferevent_get_input(b);
	unsigned char head[2], question[DNSANSWER_MAX];
	struct dnsanswer a;
	while (evbuffer_copyout(in, head, 2) == 2) {
		size_t len = (size_t)head[0] << 8 | head[1];
		if (len > sizeof question) {
			end_stream(t);
			return;
		}
		if (evbuffer_get_length(in) < 2 + len)
			return;
		evbuffer_drain(in, 2);
		evbuffer_remove(in, question, len);
		if (answer(t->dnsd, question, len, 1, &a) < 0)
			continue;
		head[0] = (unsigned char)(a.len >> 8);
		head[1] = (unsigned char)a.len;
		bufferevent_write(b, head, 2);
		bufferevent_write(b, a.data, a.len);
	}
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
	(void)l, (void)from, (void)size;
	struct dnsd *d = arg;
	struct stream *t = mem_new(sizeof *t);
	*t = (struct stream){ .next = d->streams,
			      .dnsd = d,
			      .buffers = bufferevent_socket_new(d->base, fd, BEV_OPT_CLOSE_ON_FREE) };
	d->streams = t;
	bufferevent_setcb(t->buffers, stream_readable, NULL, stream_ended, t);
	bufferevent_set_timeouts(t->buffers, &(struct timeval){ .tv_sec = STREAM_TIMEOUT_S }, NULL);
	bufferevent_enable(t->buffers, EV_READ | EV_WRITE);
}

/* --- the server --- */

static int open_ports(struct dnsd *d, int port, struct err *e)
{
	enum { TRIES = 20 }; /* a port that is free for UDP may be used for TCP */
	for (int i = 0; i < TRIES; i++) {
		d->fd = site_udp(port, &d->port, e);
		if (d->fd < 0)
			return -1;
		const struct sockaddr_in at = { .sin_family = AF_INET,
						.sin_port = htons((uint16_t)d->port),
						.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		d->listener = evconnlistener_new_bind(d->base, accepted, d,
						      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
							      LEV_OPT_REUSEABLE,
						      -1, (const struct sockaddr *)&at, sizeof at);
		if (d->listener)
			return 0;
		err_errno(e, "cannot use TCP port %d of 127.0.0.1", d->port);
		close(d->fd);
		d->fd = -1;
		if (port)
			return -1;
	}
	return -1;
}

struct dnsd *dnsd_new(struct event_base *base, int port, struct err *e)
{
	struct dnsd *d = mem_new(sizeof *d);
	*d = (struct dnsd){ .base = base, .mode = fault_at(dnsanswer_table(), 0), .ttl_s = 60 };
	if (open_ports(d, port, e) < 0) {
		free(d);
		return NULL;
	}
	d->readable = event_new(base, d->fd, EV_READ | EV_PERSIST, readable, d);
	event_add(d->readable, NULL);
	return d;
}

void dnsd_free(struct dnsd *d)
{
	if (!d)
		return;
	while (d->later)
		drop(d->later);
	while (d->streams)
		end_stream(d->streams);
	event_free(d->readable);
	evconnlistener_free(d->listener);
	close(d->fd);
	free(d);
}

int dnsd_port(const struct dnsd *d)
{
	return d->port;
}

int dnsd_set(struct dnsd *d, const char *name, struct err *e)
{
	const struct fault *f = fault_find(dnsanswer_table(), name, e);
	if (!f)
		return -1;
	d->mode = f;
	return 0;
}

void dnsd_set_ttl(struct dnsd *d, unsigned seconds)
{
	d->ttl_s = seconds;
}

unsigned dnsd_ttl(const struct dnsd *d)
{
	return d->ttl_s;
}

const char *dnsd_mode(const struct dnsd *d)
{
	return d->mode->name;
}

unsigned long dnsd_questions(const struct dnsd *d)
{
	return d->questions;
}
