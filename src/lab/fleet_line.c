/* SPDX-License-Identifier: MIT */
#include "fleet_line.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "base/num.h"
#include "tls_client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fleet_line {
	const struct fleet_server *server;
	struct evhttp_connection *http; /* NULL: none yet */
	struct event *failed;           /* calls back for a request that libevent did not accept */
	struct tls_client_progress progress;
	int closed; /* 1: the connection must not be used any more */
	/* The request that is under way; done NULL: none. */
	enum fleet_service service;
	enum evhttp_request_error error;
	int has_error;
	int64_t sent_us;
	fleet_done *done;
	void *arg;
};

/* --- TLS --- */

SSL_CTX *fleet_line_context(const char *roots, struct err *e)
{
	if (access(roots, R_OK) < 0) {
		err_set(e, ERR_INPUT, errno, "--roots %s: cannot read it: %s", roots, strerror(errno));
		return NULL;
	}
	SSL_CTX *ctx = tls_client_context();
	if (SSL_CTX_load_verify_file(ctx, roots) != 1) {
		err_set(e, ERR_INPUT, 0, "--roots %s: expected certificates in PEM: %s", roots,
			ERR_reason_error_string(ERR_peek_last_error()));
		ERR_clear_error();
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* --- the connection --- */

static void on_close(struct evhttp_connection *http, void *arg)
{
	(void)http;
	struct fleet_line *l = arg;
	if (!l->closed && !l->done && l->progress.shaken)
		l->server->counts->lost++;
	l->closed = 1;
}

static void disconnect(struct fleet_line *l)
{
	struct evhttp_connection *http = l->http;
	l->http = NULL;
	tls_client_close(http);
}

static void connect_to(struct fleet_line *l)
{
	const struct fleet_server *s = l->server;
	disconnect(l);
	l->progress = (struct tls_client_progress){ 0 };
	l->closed = 0;
	l->http = tls_client_connect(
		&(struct tls_client_target){ .base = s->base,
					     .ssl = tls_client_ssl(s->ctx, s->url->host, &l->progress),
					     .address = s->address,
					     .port = s->port,
					     .answer_s = FLEET_ANSWER_S,
					     .answer_max = FLEET_ANSWER_MAX });
	evhttp_connection_set_closecb(l->http, on_close, l);
	s->counts->connections++;
}

/* --- requests --- */

static enum fleet_failure why(const struct fleet_line *l)
{
	switch (tls_client_why(l->http, &l->progress, l->server->counts->untrusted)) {
	case TLS_CLIENT_NOT_CONNECTED: return FLEET_NOT_CONNECTED;
	case TLS_CLIENT_NOT_TRUSTED: return FLEET_NOT_TRUSTED;
	case TLS_CLIENT_NO_HANDSHAKE: return FLEET_NO_HANDSHAKE;
	case TLS_CLIENT_NO_ANSWER: break;
	}
	if (l->has_error && l->error == EVREQ_HTTP_TIMEOUT)
		return FLEET_SILENT;
	if (l->has_error && (l->error == EVREQ_HTTP_INVALID_HEADER || l->error == EVREQ_HTTP_DATA_TOO_LONG))
		return FLEET_NOT_HTTP;
	return FLEET_LOST;
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	struct fleet_line *l = arg;
	l->error = error;
	l->has_error = 1;
}

/* Called at the end of the request. request NULL, or its code 0: there is no answer. */
static void answered(struct evhttp_request *request, void *arg)
{
	struct fleet_line *l = arg;
	struct fleet_answer a = { .code = request ? evhttp_request_get_response_code(request) : 0,
				  .body = "" };
	struct buf body;
	fleet_done *done = l->done;
	l->done = NULL;
	if (!done)
		return;
	buf_init(&body, FLEET_ANSWER_MAX);
	if (a.code) {
		struct evbuffer *in = evhttp_request_get_input_buffer(request);
		size_t len = evbuffer_get_length(in);
		const char *after =
			evhttp_find_header(evhttp_request_get_input_headers(request), "Retry-After");
		if (len)
			buf_add(&body, evbuffer_pullup(in, -1), len);
		a.body = buf_str(&body);
		a.len = body.len;
		if (after && num_parse(after, 0, INT32_MAX, &a.retry_after_s, NULL) < 0)
			a.retry_after_s = 0;
		fleet_report_answer(l->server->counts, l->service, a.code, monotonic_us() - l->sent_us);
	} else {
		a.failure = why(l);
		if (a.failure == FLEET_NOT_CONNECTED)
			l->server->counts->connections--; /* connect_to counted it */
		l->server->counts->failures[l->service][a.failure]++;
		l->closed = 1;
	}
	done(l->arg, &a);
	buf_done(&body);
}

static void on_failed(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	answered(NULL, arg);
}

struct fleet_line *fleet_line_new(const struct fleet_server *server)
{
	struct fleet_line *l = mem_new(sizeof *l);
	*l = (struct fleet_line){ .server = server };
	l->failed = evtimer_new(server->base, on_failed, l);
	return l;
}

void fleet_line_free(struct fleet_line *l)
{
	if (!l)
		return;
	l->done = NULL;
	disconnect(l);
	event_free(l->failed);
	free(l);
}

int fleet_line_is_busy(const struct fleet_line *l)
{
	return l->done != NULL;
}

void fleet_line_send(struct fleet_line *l, const struct fleet_request *r, fleet_done *done, void *arg)
{
	if (!l->http || l->closed)
		connect_to(l);
	l->service = r->service;
	l->has_error = 0;
	l->sent_us = monotonic_us();
	l->done = done;
	l->arg = arg;
	struct evhttp_request *request = evhttp_request_new(answered, l);
	evhttp_request_set_error_cb(request, on_error);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char host[FLEET_HOST + 8];
	snprintf(host, sizeof host, "%s:%d", l->server->url->host, l->server->url->port);
	evhttp_add_header(headers, "Host", host);
	for (int i = 0; i < FLEET_HEADERS && r->headers[i][0]; i++)
		evhttp_add_header(headers, r->headers[i][0], r->headers[i][1]);
	evbuffer_add(evhttp_request_get_output_buffer(request), r->body, r->len);
	l->server->counts->requests[r->service]++;
	if (tls_client_send(l->http, request, EVHTTP_REQ_POST, r->path) < 0)
		evtimer_add(l->failed, &(struct timeval){ 0 });
}
