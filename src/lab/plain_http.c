/* SPDX-License-Identifier: MIT */
#include "plain_http.h"

#include "base/mem.h"
#include "site.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BODY_MAX = 1 << 20, HEADERS_MAX = 64 << 10, TIMEOUT_S = 30 };

struct plain_http {
	struct evhttp *http;
	int port;
	uint64_t refused;
};

static const char body[] =
	"<html><body><h1>403 Forbidden</h1><p>This server is reached over HTTPS.</p></body></html>\n";

static void refuse(struct evhttp_request *request, void *arg)
{
	struct plain_http *p = arg;
	struct evbuffer *out = evbuffer_new();
	p->refused++;
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/html");
	evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
	evbuffer_add(out, body, sizeof body - 1);
	evhttp_send_reply(request, 403, "Forbidden", out);
	evbuffer_free(out);
}

struct plain_http *plain_http_new(struct event_base *base, int port, struct err *e)
{
	struct plain_http *p = mem_new(sizeof *p);
	*p = (struct plain_http){ .http = evhttp_new(base),
				  .port = port ? port : site_free_port(SOCK_STREAM) };
	evhttp_set_max_body_size(p->http, BODY_MAX);
	evhttp_set_max_headers_size(p->http, HEADERS_MAX);
	evhttp_set_timeout(p->http, TIMEOUT_S);
	evhttp_set_gencb(p->http, refuse, p);
	if (evhttp_bind_socket(p->http, "127.0.0.1", (ev_uint16_t)p->port) < 0) {
		err_errno(e, "cannot listen on 127.0.0.1 port %d", p->port);
		plain_http_free(p);
		return NULL;
	}
	/* Not every machine has IPv6. */
	(void)evhttp_bind_socket(p->http, "::1", (ev_uint16_t)p->port);
	return p;
}

void plain_http_free(struct plain_http *p)
{
	if (!p)
		return;
	evhttp_free(p->http);
	free(p);
}

int plain_http_port(const struct plain_http *p)
{
	return p->port;
}

uint64_t plain_http_refused(const struct plain_http *p)
{
	return p->refused;
}
