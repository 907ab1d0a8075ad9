/* SPDX-License-Identifier: MIT */
#include "device_client.h"

#include "base/buf.h"
#include "base/mem.h"
#include "tls_client.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 4 << 20, ANSWER_S = 15, CREDENTIALS_MAX = 2048 };

struct device_client {
	SSL_CTX *ctx;
	struct evhttp_connection *http;
	struct event *end; /* armed when the outcome is known */
	struct tls_client_progress progress;
	char place[DEVICE_ADDRESS + 16];
	struct device_answer answer;
	struct buf body;
	device_done *done;
	void *arg;
};

void device_access_done(struct device_access *a)
{
	mem_wipe(a->password);
	free(a->roots);
	*a = (struct device_access){ .port = 0 };
}

/* --- TLS --- */

static int add_roots(X509_STORE *store, const struct device_request *r)
{
	int n = 0;
	if (!r->access->roots) {
		X509 *const roots[] = { r->ca->root, r->ca->other };
		for (size_t i = 0; i < 2; i++)
			n += roots[i] && X509_STORE_add_cert(store, roots[i]) == 1;
		return n;
	}
	BIO *in = BIO_new_mem_buf(r->access->roots, -1);
	for (X509 *x; in && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)); X509_free(x))
		n += X509_STORE_add_cert(store, x) == 1;
	BIO_free(in);
	ERR_clear_error(); /* the end of the file is reported as an error */
	return n;
}

static SSL_CTX *new_context(const struct device_request *r, struct err *e)
{
	SSL_CTX *ctx = tls_client_context();
	if (!add_roots(SSL_CTX_get_cert_store(ctx), r)) {
		err_set(e, ERR_INPUT, 0, "--root: expected certificates in PEM");
		SSL_CTX_free(ctx);
		return NULL;
	}
	X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)(site_now_us(r->clock) / 1000000));
	return ctx;
}

static SSL *new_ssl(struct device_client *c, const char *host)
{
	char whole[DEVICE_HOST + sizeof LAB_DOMAIN + 1];
	SSL *ssl = tls_client_ssl(c->ctx, host, &c->progress);
	snprintf(whole, sizeof whole, "%s." LAB_DOMAIN, host);
	if (!strchr(host, '.') && SSL_add1_host(ssl, whole) != 1)
		abort(); /* out of memory */
	return ssl;
}

/* --- the outcome --- */

static void free_client(struct device_client *c)
{
	tls_client_close(c->http);
	SSL_CTX_free(c->ctx);
	event_free(c->end);
	buf_done(&c->body);
	free(c);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct device_client *c = arg;
	struct device_answer answer = c->answer;
	device_done *done = c->done;
	void *done_arg = c->arg;
	char *body = mem_dup_n(buf_str(&c->body), c->body.len);
	answer.body = body;
	answer.len = c->body.len;
	free_client(c);
	done(done_arg, &answer);
	free(body);
}

static void finish(struct device_client *c)
{
	evtimer_add(c->end, &(struct timeval){ .tv_sec = 0 });
}

/* Finds out why there is no answer. */
static void explain(struct device_client *c)
{
	struct device_answer *a = &c->answer;
	char untrusted[TLS_CLIENT_REASON];
	enum tls_client_end why = tls_client_why(c->http, &c->progress, untrusted);
	a->reach = why == TLS_CLIENT_NOT_TRUSTED ? DEVICE_NOT_TRUSTED : DEVICE_NO_HTTPS;
	switch (why) {
	case TLS_CLIENT_NOT_CONNECTED:
		snprintf(a->reason, sizeof a->reason, "no connection to %s", c->place);
		break;
	case TLS_CLIENT_NOT_TRUSTED: snprintf(a->reason, sizeof a->reason, "%s", untrusted); break;
	case TLS_CLIENT_NO_HANDSHAKE:
		snprintf(a->reason, sizeof a->reason, "%s did not complete a TLS handshake", c->place);
		break;
	case TLS_CLIENT_NO_ANSWER:
		snprintf(a->reason, sizeof a->reason, "%s gave no answer of HTTP", c->place);
	}
}

/* Called at the end of the request. request NULL, or its code 0: there is no answer. */
static void answered(struct evhttp_request *request, void *arg)
{
	struct device_client *c = arg;
	c->answer.status = request ? evhttp_request_get_response_code(request) : 0;
	if (c->answer.status) {
		struct evbuffer *in = evhttp_request_get_input_buffer(request);
		size_t len = evbuffer_get_length(in);
		if (len)
			buf_add(&c->body, evbuffer_pullup(in, -1), len);
	} else {
		explain(c);
	}
	finish(c);
}

/* --- the request --- */

/* Authorization: Basic, RFC 7617. */
static void add_login(struct evkeyvalq *headers, const struct device_access *a)
{
	char plain[CREDENTIALS_MAX], value[CREDENTIALS_MAX * 2] = "Basic ";
	const size_t word = strlen(value);
	int len = snprintf(plain, sizeof plain, "%s:%s", a->user, a->password ? a->password : "");
	if (len > 0 && (size_t)len < sizeof plain) {
		EVP_EncodeBlock((unsigned char *)value + word, (const unsigned char *)plain, len);
		evhttp_add_header(headers, "Authorization", value);
	}
	explicit_bzero(plain, sizeof plain);
	explicit_bzero(value, sizeof value);
}

static void send_request(struct device_client *c, const struct device_request *r)
{
	char host[DEVICE_HOST + 8];
	struct evhttp_request *request = evhttp_request_new(answered, c);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	snprintf(host, sizeof host, "%s:%d", r->host, r->access->port);
	evhttp_add_header(headers, "Host", host);
	evhttp_add_header(headers, "Connection", "close");
	add_login(headers, r->access);
	if (r->body) {
		evhttp_add_header(headers, "Content-Type", "text/xml");
		evbuffer_add(evhttp_request_get_output_buffer(request), r->body, strlen(r->body));
	}
	if (tls_client_send(c->http, request, r->body ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, r->path) < 0) {
		explain(c);
		finish(c);
	}
}

struct device_client *device_client_send(const struct device_request *r, struct err *e)
{
	SSL_CTX *ctx = new_context(r, e);
	if (!ctx)
		return NULL;
	struct device_client *c = mem_new(sizeof *c);
	*c = (struct device_client){ .ctx = ctx, .done = r->done, .arg = r->arg };
	snprintf(c->place, sizeof c->place, "%s port %d", r->access->address, r->access->port);
	buf_init(&c->body, ANSWER_MAX + 1);
	c->end = evtimer_new(r->base, on_end, c);
	c->http = tls_client_connect(&(struct tls_client_target){ .base = r->base,
								  .ssl = new_ssl(c, r->host),
								  .address = r->access->address,
								  .port = r->access->port,
								  .answer_s = ANSWER_S,
								  .answer_max = ANSWER_MAX });
	send_request(c, r);
	return c;
}

void device_client_cancel(struct device_client *c)
{
	if (c)
		free_client(c);
}
