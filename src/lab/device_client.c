/* SPDX-License-Identifier: MIT */
#include "device_client.h"

#include "base/buf.h"
#include "base/mem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 4 << 20, HEADERS_MAX = 64 << 10, ANSWER_S = 15, CREDENTIALS_MAX = 2048 };

struct device_client {
	struct event_base *base;
	SSL_CTX *ctx;
	struct evhttp_connection *http;
	struct event *end;     /* armed when the outcome is known */
	int connected, shaken; /* a connection stands; its handshake is done */
	char place[DEVICE_ADDRESS + 16];
	struct device_answer answer;
	struct buf body;
	device_done *done;
	void *arg;
};

void device_access_done(struct device_access *a)
{
	if (a->password)
		explicit_bzero(a->password, strlen(a->password));
	free(a->password);
	free(a->roots);
	*a = (struct device_access){ .port = 0 };
}

/* --- TLS --- */

static void watch_handshake(const SSL *ssl, int where, int value)
{
	(void)value;
	struct device_client *c = SSL_get_app_data(ssl);
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	/* OpenSSL begins where the connection was refused, too. */
	if (c && (where & SSL_CB_HANDSHAKE_START))
		c->connected = getpeername(SSL_get_fd(ssl), (struct sockaddr *)&peer, &size) == 0;
	if (c && (where & SSL_CB_HANDSHAKE_DONE))
		c->shaken = 1;
}

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
	ERR_clear_error(); /* the end of the file is one */
	return n;
}

static SSL_CTX *new_context(const struct device_request *r, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx)
		abort(); /* out of memory */
	if (!add_roots(SSL_CTX_get_cert_store(ctx), r)) {
		err_set(e, ERR_INPUT, 0, "--root: expected certificates in PEM");
		SSL_CTX_free(ctx);
		return NULL;
	}
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)(site_now_us(r->clock) / 1000000));
	/* A device's own certificate may be given as a root. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_info_callback(ctx, watch_handshake);
	return ctx;
}

static SSL *new_ssl(struct device_client *c, const char *host)
{
	char whole[DEVICE_HOST + sizeof LAB_DOMAIN + 1];
	SSL *ssl = SSL_new(c->ctx);
	snprintf(whole, sizeof whole, "%s." LAB_DOMAIN, host);
	char name[256]; /* OpenSSL's macro takes no const text */
	snprintf(name, sizeof name, "%s", host);
	if (!ssl || SSL_set_tlsext_host_name(ssl, name) != 1 || SSL_set1_host(ssl, host) != 1 ||
	    (!strchr(host, '.') && SSL_add1_host(ssl, whole) != 1))
		abort(); /* out of memory */
	SSL_set_app_data(ssl, c);
	return ssl;
}

/* --- the outcome --- */

static void free_client(struct device_client *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(c->http));
	if (ssl)
		SSL_set_app_data(ssl, NULL);
	evhttp_connection_free(c->http);
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

/* Says why there is no answer. */
static void explain(struct device_client *c)
{
	struct device_answer *a = &c->answer;
	SSL *ssl = bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(c->http));
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	a->reach = DEVICE_NO_HTTPS;
	if (!c->connected) {
		snprintf(a->reason, sizeof a->reason, "no connection to %s", c->place);
	} else if (c->shaken) {
		snprintf(a->reason, sizeof a->reason, "%s gave no answer of HTTP", c->place);
	} else if (verified != X509_V_OK) {
		a->reach = DEVICE_NOT_TRUSTED;
		snprintf(a->reason, sizeof a->reason, "%ld, %s", verified,
			 X509_verify_cert_error_string(verified));
	} else {
		snprintf(a->reason, sizeof a->reason, "%s did not complete a TLS handshake", c->place);
	}
}

/* request NULL, or its code 0: there is no answer. */
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
	/* Where no socket is left, libevent calls nothing back. */
	if (evhttp_make_request(c->http, request, r->body ? EVHTTP_REQ_POST : EVHTTP_REQ_GET, r->path) < 0) {
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
	*c = (struct device_client){ .base = r->base, .ctx = ctx, .done = r->done, .arg = r->arg };
	snprintf(c->place, sizeof c->place, "%s port %d", r->access->address, r->access->port);
	buf_init(&c->body, ANSWER_MAX + 1);
	c->end = evtimer_new(r->base, on_end, c);
	struct bufferevent *b = bufferevent_openssl_socket_new(
		r->base, -1, new_ssl(c, r->host), BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_openssl_set_allow_dirty_shutdown(b, 1);
	c->http = evhttp_connection_base_bufferevent_new(r->base, NULL, b, r->access->address,
							 (ev_uint16_t)r->access->port);
	evhttp_connection_set_timeout(c->http, ANSWER_S);
	evhttp_connection_set_max_body_size(c->http, ANSWER_MAX);
	evhttp_connection_set_max_headers_size(c->http, HEADERS_MAX);
	send_request(c, r);
	return c;
}

void device_client_cancel(struct device_client *c)
{
	if (c)
		free_client(c);
}
