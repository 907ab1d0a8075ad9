/* SPDX-License-Identifier: MIT */
/* fleet_accident: sends a post to which a fault is applied, on a connection that ends afterwards. */
#include "fleet_line.h"

#include "base/mem.h"
#include "tls_client.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_LINE = 12, REQUEST_MAX = 1 << 20 }; /* "HTTP/1.1 200" */

struct fleet_accident {
	const struct fleet_server *server;
	enum fleet_fault fault;
	struct tls_client_progress progress;
	struct bufferevent *stream;
	struct event *over; /* ends it in a later turn of the loop */
	struct buf request; /* the part of the request that is sent */
	int is_sent, code;
	fleet_done *done;
	void *arg;
};

static void end(struct fleet_accident *a, int code)
{
	a->code = code;
	bufferevent_disable(a->stream, EV_READ | EV_WRITE);
	evtimer_add(a->over, &(struct timeval){ 0 });
}

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct fleet_accident *a = arg;
	a->server->counts->connections += (uint64_t)a->progress.connected;
	a->done(a->arg, &(struct fleet_answer){ .code = a->code, .failure = FLEET_LOST, .body = "" });
}

static void on_written(struct bufferevent *b, void *arg)
{
	(void)b;
	struct fleet_accident *a = arg;
	if (a->is_sent && a->fault == FLEET_BODY_CUT)
		end(a, 0);
}

static void on_read(struct bufferevent *b, void *arg)
{
	struct fleet_accident *a = arg;
	char line[STATUS_LINE];
	if (evbuffer_copyout(bufferevent_get_input(b), line, sizeof line) < (ev_ssize_t)sizeof line)
		return;
	const char *digits = line + STATUS_LINE - 3;
	int is_status = memcmp(line, "HTTP/1.", 7) == 0 && isdigit((unsigned char)digits[0]) &&
			isdigit((unsigned char)digits[1]) && isdigit((unsigned char)digits[2]);
	end(a, is_status ? (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0' : 0);
}

static void on_event(struct bufferevent *b, short what, void *arg)
{
	struct fleet_accident *a = arg;
	if (what & BEV_EVENT_CONNECTED)
		a->progress.connected = 1; /* TLS tells only of its own connections */
	if (!(what & BEV_EVENT_CONNECTED) || a->fault == FLEET_HANG_UP) {
		end(a, 0);
		return;
	}
	a->is_sent = 1;
	bufferevent_write(b, buf_str(&a->request), a->request.len);
}

static void write_request(struct fleet_accident *a, const struct fleet_request *r)
{
	buf_addf(&a->request,
		 "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %zu\r\nConnection: close\r\n", r->path,
		 a->server->url->host, a->server->url->port, r->len);
	for (int i = 0; i < FLEET_HEADERS && r->headers[i][0]; i++)
		buf_addf(&a->request, "%s: %s\r\n", r->headers[i][0], r->headers[i][1]);
	buf_adds(&a->request, "\r\n");
	buf_add(&a->request, r->body, a->fault == FLEET_BODY_CUT ? r->len / 2 : r->len);
}

struct fleet_accident *fleet_accident_new(const struct fleet_server *server, const struct fleet_mishap *m)
{
	struct fleet_accident *a = mem_new(sizeof *a);
	*a = (struct fleet_accident){ .server = server, .fault = m->fault, .done = m->done, .arg = m->arg };
	buf_init(&a->request, REQUEST_MAX);
	write_request(a, m->request);
	a->over = evtimer_new(server->base, on_over, a);
	/* For a connection that is closed before the handshake, TCP is enough: nothing is written to it. */
	if (m->fault == FLEET_HANG_UP)
		a->stream = bufferevent_socket_new(server->base, -1, BEV_OPT_CLOSE_ON_FREE);
	else
		a->stream = bufferevent_openssl_socket_new(
			server->base, -1, tls_client_ssl(server->ctx, server->url->host, &a->progress),
			BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(a->stream, on_read, on_written, on_event, a);
	const struct timeval limit = { .tv_sec = FLEET_ANSWER_S };
	bufferevent_set_timeouts(a->stream, &limit, &limit);
	bufferevent_enable(a->stream, EV_READ | EV_WRITE);
	server->counts->faults[m->fault]++;
	if (bufferevent_socket_connect_hostname(a->stream, NULL, AF_UNSPEC, server->address, server->port) <
	    0)
		end(a, 0);
	return a;
}

void fleet_accident_free(struct fleet_accident *a)
{
	if (!a)
		return;
	bufferevent_free(a->stream);
	event_free(a->over);
	buf_done(&a->request);
	free(a);
}
