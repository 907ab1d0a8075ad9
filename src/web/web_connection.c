/* SPDX-License-Identifier: MIT */
#include "web_connection_internal.h"

#include "base/mem.h"
#include "base/monotonic.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_MAX = 64 << 10, /* bytes that are read ahead */
	DRAINED = 64 << 10,  /* with fewer unsent bytes on_drained is called */
	SOCKET_BUFFER = 256 << 10,
	ANSWER_HEAD = 4 << 10,

	HEAD_S = 10,  /* for the handshake and the first head; for each further head, from its first byte */
	IDLE_S = 30,  /* between two requests */
	BODY_S = 60,  /* for a body */
	WORK_S = 180, /* for the agent's answer: log-ins and commands may take a minute */
	PROGRESS_MS = 30 * 1000, /* the client has received no byte for this long */
	LINGER_S = 2, /* for a client whose request is refused to read the answer while it is still sending */
	TICK_S = 5,
};

static void wait_for(struct web_connection *c, enum state state, int seconds)
{
	c->state = state;
	event_add(c->deadline, &(struct timeval){ seconds, 0 });
}

static void forget_request(struct web_connection *c)
{
	void *x = c->exchange;
	c->exchange = NULL;
	if (x)
		c->work->free(x);
	buf_wipe(&c->head);
	buf_wipe(&c->body);
	c->server->bodies -= c->counted;
	c->counted = 0;
	c->searched = 0;
	c->is_received = 0;
}

/* Sends close_notify, which tells the client that nothing is missing; does not wait for the client's. */
static void say_end(struct web_connection *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	if (SSL_is_init_finished(ssl) && !(SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN))
		SSL_shutdown(ssl);
	ERR_clear_error();
}

static void connection_free(struct web_connection *c)
{
	struct web_connection **at = &c->server->connections;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	forget_request(c);
	if (c->handlers.on_freed)
		c->handlers.on_freed(c->handlers.arg);
	say_end(c);
	bufferevent_free(c->bev);
	event_free(c->deadline);
	free(c);
}

void web_connection_free_all(struct server *s)
{
	while (s->connections)
		connection_free(s->connections);
}

/* --- sending --- */

size_t web_connection_unsent(const struct web_connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void web_connection_send(struct web_connection *c, const void *data, size_t len)
{
	if (!web_connection_unsent(c))
		c->progress_ms = monotonic_ms();
	c->queued += len;
	bufferevent_write(c->bev, data, len);
}

void web_connection_close(struct web_connection *c, int linger_s)
{
	if (c->state == CLOSING || c->state == LINGERING)
		return;
	bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
	wait_for(c, CLOSING, web_connection_unsent(c) ? linger_s : 0);
}

/* Drops the rest of the client's input: closing with unread bytes would make TCP discard the answer. */
static void linger(struct web_connection *c)
{
	say_end(c);
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	bufferevent_enable(c->bev, EV_READ);
	wait_for(c, LINGERING, LINGER_S);
}

/* Returns 1 if no request can come behind the present one. */
static int is_last(const struct web_connection *c)
{
	return c->is_silent && !evbuffer_get_length(bufferevent_get_input(c->bev));
}

void web_connection_answer(struct web_connection *c, const struct http_answer *a)
{
	struct http_answer whole = *a;
	struct buf out;
	/* an unread rest of the body could not be told from the next request */
	c->ends |= !c->is_received || !c->request.keeps_alive || a->closes || is_last(c);
	whole.closes = c->ends;
	whole.is_head = http_text_is(c->request.method, "HEAD");
	whole.strict_transport = c->server->settings.strict_transport;
	buf_init(&out, a->len + ANSWER_HEAD);
	http_answer_write(&whole, &out);
	web_connection_send(c, out.data, out.len);
	buf_wipe(&out);
	forget_request(c);
	wait_for(c, ANSWERING, TICK_S);
}

/* --- reading --- */

static void refuse_head(struct web_connection *c)
{
	server_log_refusal(c->server, &(struct server_refusal){ .status = c->request.status,
								.why = c->request.why,
								.peer = &c->peer });
	char text[HTTP_ANSWER_REFUSAL];
	struct http_answer a = http_answer_refusal(c->request.status, c->request.why, text);
	web_connection_answer(c, &a); /* closes the connection, since nothing is received completely */
}

static void take(struct web_connection *c, struct buf *to, size_t len)
{
	char *room = buf_room(to, len);
	if (room && evbuffer_remove(bufferevent_get_input(c->bev), room, len) == (int)len)
		buf_took(to, len);
}

/* Copies the part of the head that has been received; bytes after the head stay. */
static void read_head(struct web_connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in), max = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	if (!len)
		return;
	if (c->state == IDLE)
		wait_for(c, HEAD, HEAD_S);
	const char *data = (const char *)evbuffer_pullup(in, (ev_ssize_t)max);
	switch (http_request_read(data, max, &c->searched, &c->request)) {
	case HTTP_INCOMPLETE: return;
	case HTTP_REFUSED: refuse_head(c); return;
	case HTTP_READ: break;
	}
	size_t head_len = c->request.head_len, again = 0;
	take(c, &c->head, head_len);
	/* read again, so that the request points into this copy */
	http_request_read(c->head.data, head_len, &again, &c->request);
	c->is_received = c->request.body_len == 0;
	wait_for(c, WORKING, WORK_S);
	c->exchange = c->work->new (c);
	c->work->begin(c->exchange);
}

static void read_body(struct web_connection *c)
{
	size_t len = evbuffer_get_length(bufferevent_get_input(c->bev)),
	       left = c->request.body_len - c->body.len;
	take(c, &c->body, len < left ? len : left);
	if (c->body.len < c->request.body_len)
		return;
	c->is_received = 1;
	wait_for(c, WORKING, WORK_S);
	c->work->on_body(c->exchange);
}

static void read_websocket(struct web_connection *c)
{
	char chunk[16 << 10];
	int n = evbuffer_remove(bufferevent_get_input(c->bev), chunk, sizeof chunk);
	if (n > 0)
		c->handlers.on_data(c->handlers.arg, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof chunk);
}

/* Continues with the bytes that have been received. */
static void on_read(struct bufferevent *bev, void *arg)
{
	struct web_connection *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	for (size_t before = 0, len; (len = evbuffer_get_length(in)) && len != before; before = len) {
		switch (c->state) {
		case IDLE:
		case HEAD: read_head(c); break;
		case BODY: read_body(c); break;
		case WEBSOCKET:
			if (!(bufferevent_get_enabled(bev) & EV_READ))
				return;
			read_websocket(c);
			break;
		case CLOSING:
		case LINGERING: evbuffer_drain(in, len); break;
		case WORKING:
		case ANSWERING: return;
		}
	}
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct web_connection *c = arg;
	int is_sent = !web_connection_unsent(c);
	if (c->state == WEBSOCKET) {
		c->handlers.on_drained(c->handlers.arg);
	} else if (is_sent && (c->state == CLOSING || (c->state == ANSWERING && (c->ends || is_last(c))))) {
		linger(c);
	} else if (is_sent && c->state == ANSWERING) {
		wait_for(c, IDLE, IDLE_S);
		on_read(bev, c);
	}
}

/* Returns 1 if the client has closed the TCP connection, too, as one does that has given up. */
static int has_fin(const struct web_connection *c)
{
	char byte;
	return recv(bufferevent_getfd(c->bev), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct web_connection *c = arg;
	if (what & BEV_EVENT_CONNECTED)
		return;
	int gets_answer = c->state == WORKING || c->state == ANSWERING || c->state == CLOSING;
	if (!(what & BEV_EVENT_EOF) || !gets_answer || has_fin(c)) {
		connection_free(c);
		return;
	}
	/* The client has only said close_notify, and waits for the answer. libevent has stopped both
	 * directions. If a FIN comes, this function is called again. */
	c->is_silent = 1;
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* --- times --- */

int web_connection_is_stuck(struct web_connection *c, int64_t for_ms)
{
	size_t unsent = web_connection_unsent(c);
	uint64_t sent = c->queued - unsent;
	int64_t now = monotonic_ms();
	if (sent > c->sent || !unsent)
		c->progress_ms = now;
	c->sent = sent;
	return now - c->progress_ms >= for_ms;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct web_connection *c = arg;
	(void)fd;
	(void)what;
	if (c->state == WEBSOCKET) {
		event_add(c->deadline, &(struct timeval){ TICK_S, 0 });
		c->handlers.on_tick(c->handlers.arg);
	} else if (c->state == ANSWERING && !web_connection_is_stuck(c, PROGRESS_MS)) {
		event_add(c->deadline, &(struct timeval){ TICK_S, 0 });
	} else if (c->state == CLOSING && !web_connection_unsent(c)) {
		linger(c);
	} else {
		connection_free(c);
	}
}

/* --- life --- */

void web_connection_new(struct server *s, const struct web_connection_start *start)
{
	if (!web_connection_is_admitted(s, &start->peer)) {
		server_log_closed(s, &start->peer);
		close(start->fd);
		return;
	}
	SSL *ssl = s->tls ? tls_begin(s->tls) : NULL;
	/* On failure it frees ssl, too. */
	struct bufferevent *bev =
		ssl ? bufferevent_openssl_socket_new(s->base, start->fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
						     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
		    : NULL;
	if (!bev) {
		close(start->fd);
		return;
	}
	struct web_connection *c = mem_new(sizeof *c);
	*c = (struct web_connection){
		.next = s->connections, .server = s, .bev = bev, .work = start->work, .peer = start->peer
	};
	s->connections = c;
	buf_init(&c->head, HTTP_HEAD_MAX);
	buf_init(&c->body, HTTP_BODY_MAX);
	setsockopt(start->fd, SOL_SOCKET, SO_SNDBUF, &(int){ SOCKET_BUFFER }, sizeof(int));
	setsockopt(start->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->deadline = evtimer_new(s->base, on_deadline, c);
	wait_for(c, HEAD, HEAD_S);
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, READ_MAX);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void web_connection_end_all(struct server *s, const char *why)
{
	for (struct web_connection *c = s->connections, *next; c; c = next) {
		next = c->next;
		c->ends = 1;
		c->why = why;
		if (c->state == WEBSOCKET)
			c->handlers.on_end(c->handlers.arg, why);
		else if (c->state == IDLE)
			connection_free(c);
	}
}

/* --- for the exchange --- */

struct server *web_connection_server(const struct web_connection *c)
{
	return c->server;
}

const struct http_request *web_connection_request(const struct web_connection *c)
{
	return &c->request;
}

const struct server_peer *web_connection_peer(const struct web_connection *c)
{
	return &c->peer;
}

const char *web_connection_body(const struct web_connection *c, size_t *ret_len)
{
	*ret_len = c->body.len;
	return buf_str(&c->body);
}

void web_connection_logged_in(struct web_connection *c)
{
	c->is_logged_in = 1;
}

int web_connection_read_body(struct web_connection *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (web_connection_hold(c, c->request.body_len) < 0)
		return -1;
	if (c->request.expects_continue)
		web_connection_send(c, go_on, sizeof go_on - 1);
	wait_for(c, BODY, c->is_silent ? 0 : BODY_S);
	read_body(c);
	return 0;
}

void web_connection_upgrade(struct web_connection *c, const struct http_answer *a,
			    const struct web_connection_handlers *h)
{
	struct buf out;
	buf_init(&out, ANSWER_HEAD);
	http_answer_write(a, &out);
	web_connection_send(c, out.data, out.len);
	buf_wipe(&out); /* the subprotocol in it contains name and password */
	forget_request(c);
	c->handlers = *h;
	bufferevent_setwatermark(c->bev, EV_WRITE, DRAINED, 0);
	wait_for(c, WEBSOCKET, TICK_S);
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	if (c->why) /* the settings with which it was begun have changed during the log-in */
		h->on_end(h->arg, c->why);
	if (c->is_silent) /* the client has said close_notify: no message can come from it */
		web_connection_close(c, LINGER_S);
}

void web_connection_pause(struct web_connection *c)
{
	bufferevent_disable(c->bev, EV_READ);
}

void web_connection_resume(struct web_connection *c)
{
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}
