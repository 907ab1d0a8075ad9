/* SPDX-License-Identifier: MIT */
#include "slow_server.h"

#include "base/mem.h"
#include "faulty.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LATE_S = 3, HANG_S = 600, HUGE_CHUNK = 64 << 10 };
static const size_t huge_bytes = (size_t)1 << 30;

/* An answer that is being sent. It is freed when the answer is complete, or the connection is closed. */
struct slow_answer {
	struct evhttp_request *request;
	struct event *timer; /* NULL for the huge answer, which continues whenever data has been sent */
	int status;
	char *body;
	size_t len, at;
};

static void forget(struct slow_answer *t)
{
	if (t->timer)
		event_free(t->timer);
	free(t->body);
	free(t);
}

static void closed(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	struct slow_answer *t = arg;
	/* If the client disconnects before the answer is complete, evhttp does not free the request, so it is
	 * freed here. */
	if (!evhttp_request_get_connection(t->request))
		evhttp_request_free(t->request);
	forget(t);
}

/* Ends the answer; the connection owns the request again. */
static struct evhttp_request *done(struct slow_answer *t)
{
	struct evhttp_request *request = t->request;
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	forget(t);
	return request;
}

static struct slow_answer *begin(struct event_base *base, struct evhttp_request *request,
				 const struct reply *r, event_callback_fn fn, unsigned delay_s)
{
	struct slow_answer *t = mem_new(sizeof *t);
	*t = (struct slow_answer){ .request = request,
				   .status = r->status,
				   .body = mem_dup_n(buf_str(&r->body), r->body.len),
				   .len = r->body.len };
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), closed, t);
	if (fn) {
		t->timer = evtimer_new(base, fn, t);
		evtimer_add(t->timer, &(struct timeval){ .tv_sec = delay_s });
	}
	return t;
}

static void add_length(struct evhttp_request *request, size_t len)
{
	char text[32];
	snprintf(text, sizeof text, "%zu", len);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", text);
}

static void send_part(struct evhttp_request *request, const void *data, size_t len)
{
	struct evbuffer *part = evbuffer_new();
	evbuffer_add(part, data, len);
	evhttp_send_reply_chunk(request, part);
	evbuffer_free(part);
}

/* --- slow, late, never --- */

static void next_byte(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct slow_answer *t = arg;
	if (t->at == t->len) {
		evhttp_send_reply_end(done(t));
		return;
	}
	evtimer_add(t->timer, &(struct timeval){ .tv_sec = 1 });
	send_part(t->request, t->body + t->at++, 1);
}

int slow_server_bytewise(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	add_length(request, r->body.len);
	begin(base, request, r, next_byte, 1);
	evhttp_send_reply_start(request, r->status, NULL);
	return 0;
}

static void at_last(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct slow_answer *t = arg;
	struct evbuffer *body = evbuffer_new();
	evbuffer_add(body, t->body, t->len);
	int status = t->status;
	evhttp_send_reply(done(t), status, NULL, body);
	evbuffer_free(body);
}

int slow_server_late(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	begin(base, request, r, at_last, LATE_S);
	return r->status;
}

static void enough(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct slow_answer *t = arg;
	evhttp_connection_free(evhttp_request_get_connection(done(t)));
}

int slow_server_hang(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	begin(base, request, r, enough, HANG_S);
	return 0;
}

int slow_server_reset(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	struct bufferevent *b = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
	/* On Linux, connecting a connected socket to AF_UNSPEC resets the connection at once, before TLS can
	 * send a close_notify. */
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	connect(bufferevent_getfd(b), &nowhere, sizeof nowhere);
	begin(base, request, r, enough, 0);
	return 0;
}

/* --- too long, too short --- */

static void more(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	struct slow_answer *t = arg;
	if (t->at >= huge_bytes) {
		evhttp_send_reply_end(done(t));
		return;
	}
	struct evbuffer *part = evbuffer_new();
	evbuffer_add(part, t->body, HUGE_CHUNK);
	t->at += HUGE_CHUNK;
	evhttp_send_reply_chunk_with_cb(t->request, part, more, t);
	evbuffer_free(part);
}

int slow_server_huge(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	struct slow_answer *t = begin(base, request, r, NULL, 0);
	free(t->body);
	t->body = mem_new(HUGE_CHUNK);
	memset(t->body, ' ', HUGE_CHUNK);
	evhttp_send_reply_start(request, 200, NULL);
	more(NULL, t);
	return 0;
}

int slow_server_truncated(struct event_base *base, struct evhttp_request *request, const struct reply *r)
{
	(void)base;
	add_length(request, r->body.len + 100);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
	evhttp_send_reply_start(request, r->status, NULL);
	send_part(request, r->body.data, r->body.len);
	evhttp_send_reply_end(request);
	return 0;
}
