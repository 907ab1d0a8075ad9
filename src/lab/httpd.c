/* SPDX-License-Identifier: MIT */
#include "httpd.h"

#include "base/mem.h"
#include "silent_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/keyvalq_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 16 << 20, HEADERS_MAX = 64 << 10, TIMEOUT_S = 120, SOURCES = 256 };

struct httpd {
	struct httpd_options o;
	int port;
	const struct tls_fault *tls;
	SSL_CTX *ctx;
	/* the listening server; NULL while it does not listen */
	struct evhttp *http;
	struct silent_server *silent;
	struct faulty faulty;
	struct httpd_state state;
	/* addresses of the clients of the latest connections, by the number of the connection */
	char sources[SOURCES][INET6_ADDRSTRLEN];
};

/* --- TLS --- */

static void address_of(int fd, char *ret, size_t size)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
	socklen_t len = sizeof from;
	if (getpeername(fd, &from.any, &len) < 0)
		return;
	if (from.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &from.v4.sin_addr, ret, (socklen_t)size);
	else if (from.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &from.v6.sin6_addr, ret, (socklen_t)size);
}

/* Returns the client's address, which is stored when the connection begins: it cannot be read any more when
 * the client has sent an alert and disconnected. */
static char *source_of(struct httpd *h, const SSL *ssl)
{
	return h->sources[(uintptr_t)SSL_get_app_data(ssl) % SOURCES];
}

static void watch_handshake(const SSL *ssl, int where, int value)
{
	struct httpd *h = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);
	if (where & SSL_CB_HANDSHAKE_START)
		address_of(SSL_get_fd(ssl), source_of(h, ssl), INET6_ADDRSTRLEN);
	if (where & SSL_CB_HANDSHAKE_DONE)
		h->state.handshakes++;
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != SSL_AD_CLOSE_NOTIFY) {
		snprintf(h->state.alert, sizeof h->state.alert, "%s", SSL_alert_desc_string_long(value));
		h->o.alerted(h->o.arg, source_of(h, ssl), h->state.alert, value & 0xff);
	}
}

/* Demands client certificates that lead to one of the lab's roots on the lab's date. OpenSSL chooses the
 * alert for a wrong one. */
static int ask_client(SSL_CTX *ctx, const struct ca *ca)
{
	X509 *const roots[] = { ca->root, ca->other };
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
	int ok = SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"lab", 3) == 1;
	for (size_t i = 0; ok && i < 2 && roots[i]; i++)
		ok = X509_STORE_add_cert(store, roots[i]) == 1 && SSL_CTX_add_client_CA(ctx, roots[i]) == 1;
	X509_VERIFY_PARAM_set_time(param, (time_t)ca->now);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return ok;
}

/* Accepts the protocol of NTS-KE, too (RFC 8915): a device that tries an NTS-KE server makes its handshake
 * here, so that each fault can be tried with it. What the device sends after the handshake is not
 * understood. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
			   const unsigned char *offered, unsigned offered_len, void *arg)
{
	static const unsigned char nts[] = "\7ntske/1";
	unsigned char *chosen = NULL;
	(void)ssl, (void)arg;
	int found = SSL_select_next_proto(&chosen, ret_len, nts, sizeof nts - 1, offered, offered_len);
	*ret = chosen;
	return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static int fill_context(SSL_CTX *ctx, const struct tls_fault *tls, const struct ca *ca)
{
	struct ca_chain chain = { 0 };
	tls->make(ca, &chain);
	X509 *own = sk_X509_shift(chain.sent);
	/* OpenSSL's lowest security level, since it is the client that has to refuse weak certificates */
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
	int ok = SSL_CTX_set_cipher_list(ctx, tls->ciphers ? tls->ciphers : "ALL:@SECLEVEL=0") &&
		 SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) &&
		 SSL_CTX_set_max_proto_version(ctx, tls->max_version) &&
		 SSL_CTX_use_cert_and_key(ctx, own, chain.key, chain.sent, 1) &&
		 (!tls->asks_client || ask_client(ctx, ca));
	X509_free(own);
	ca_chain_done(&chain);
	return ok;
}

static SSL_CTX *new_context(struct httpd *h, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx || !fill_context(ctx, h->tls, h->o.ca)) {
		err_set(e, ERR_TLS, 0, "tls %s: %s", h->tls->fault.name,
			ERR_reason_error_string(ERR_peek_last_error()));
		ERR_clear_error();
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_ex_data(ctx, 0, h);
	SSL_CTX_set_info_callback(ctx, watch_handshake);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return ctx;
}

/* Makes the stream for the next connection, before it is accepted. */
static struct bufferevent *new_stream(struct event_base *base, void *arg)
{
	struct httpd *h = arg;
	h->state.connections++;
	if (h->tls->serve == SERVE_PLAIN)
		return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	SSL *ssl = SSL_new(h->ctx);
	if (!ssl)
		return NULL;
	SSL_set_app_data(ssl, (void *)(uintptr_t)h->state.connections);
	struct bufferevent *b = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
							       BEV_OPT_CLOSE_ON_FREE);
	bufferevent_openssl_set_allow_dirty_shutdown(b, 1);
	return b;
}

/* --- requests --- */

static const char *method_name(enum evhttp_cmd_type type)
{
	switch (type) {
	case EVHTTP_REQ_GET: return "GET";
	case EVHTTP_REQ_POST: return "POST";
	case EVHTTP_REQ_HEAD: return "HEAD";
	case EVHTTP_REQ_PUT: return "PUT";
	default: return "OTHER";
	}
}

static struct post *take_down(const struct httpd *h, struct evhttp_request *request)
{
	struct post *post = mem_new(sizeof *post);
	post->at_us = site_now_us(h->o.clock);
	snprintf(post->method, sizeof post->method, "%s", method_name(evhttp_request_get_command(request)));
	post->path = mem_dup(evhttp_request_get_uri(request));
	struct buf headers;
	buf_init(&headers, HEADERS_MAX * 2);
	const struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	for (const struct evkeyval *line = in->tqh_first; line; line = line->next.tqe_next)
		buf_addf(&headers, "%s: %s\n", line->key, line->value);
	post->headers = buf_take(&headers);
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	post->len = evbuffer_get_length(body);
	post->body = mem_new(post->len + 1);
	evbuffer_copyout(body, post->body, post->len);
	struct bufferevent *b = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
	SSL *ssl = bufferevent_openssl_get_ssl(b);
	X509 *client = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
	if (client)
		X509_NAME_oneline(X509_get_subject_name(client), post->client, sizeof post->client);
	const char *host = ssl ? SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) : NULL;
	snprintf(post->tls, sizeof post->tls, "%s", ssl ? SSL_get_version(ssl) : "none");
	snprintf(post->host, sizeof post->host, "%s", host ? host : "");
	post->connection = ssl ? (uint64_t)(uintptr_t)SSL_get_app_data(ssl) : h->state.connections;
	return post;
}

static void requested(struct evhttp_request *request, void *arg)
{
	struct httpd *h = arg;
	struct post *post = take_down(h, request);
	struct reply r = { .status = 200 };
	buf_init(&r.body, REPLY_MAX);
	char *source = NULL;
	ev_uint16_t port;
	evhttp_connection_get_peer(evhttp_request_get_connection(request), &source, &port);
	post->service = manage_answer(h->o.manage,
				      &(struct manage_request){ .method = post->method,
								.path = post->path,
								.body = post->body,
								.len = post->len,
								.source = source ? source : "" },
				      &r);
	post->status = faulty_send(&h->faulty, h->o.base, request, &r);
	if (!r.spoilt && r.status == 200)
		manage_answered(h->o.manage, post->service);
	buf_done(&r.body);
	posts_add(h->o.posts, post);
}

/* --- the port --- */

static void close_port(struct httpd *h)
{
	if (h->http)
		evhttp_free(h->http);
	silent_server_free(h->silent);
	SSL_CTX_free(h->ctx);
	h->http = NULL;
	h->silent = NULL;
	h->ctx = NULL;
	h->state.listening = 0;
}

/* Sets TCP_NODELAY, which accepted sockets inherit from the listening one. Without it, an answer whose body
 * is written after its headers waits for the client's acknowledgement of the headers, which a client delays
 * by 40 ms. */
static void send_at_once(struct evhttp_bound_socket *socket)
{
	int on = 1;
	setsockopt(evhttp_bound_socket_get_fd(socket), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int listen_at(struct httpd *h, const char *address)
{
	struct evhttp_bound_socket *socket =
		evhttp_bind_socket_with_handle(h->http, address, (uint16_t)h->port);
	if (!socket)
		return -1;
	send_at_once(socket);
	return 0;
}

static int open_http(struct httpd *h, struct err *e)
{
	h->ctx = new_context(h, e);
	if (!h->ctx)
		return -1;
	h->http = evhttp_new(h->o.base);
	evhttp_set_max_body_size(h->http, BODY_MAX);
	evhttp_set_max_headers_size(h->http, HEADERS_MAX);
	evhttp_set_timeout(h->http, TIMEOUT_S);
	evhttp_set_allowed_methods(h->http,
				   EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT);
	evhttp_set_default_content_type(h->http, NULL);
	evhttp_set_bevcb(h->http, new_stream, h);
	evhttp_set_gencb(h->http, requested, h);
	if (listen_at(h, "127.0.0.1") < 0)
		return err_errno(e, "cannot listen on 127.0.0.1 port %d", h->port);
	/* Not every machine has IPv6. */
	h->state.ipv6 = listen_at(h, "::1") == 0;
	return 0;
}

static int open_port(struct httpd *h, struct err *e)
{
	close_port(h);
	h->state.alert[0] = '\0';
	if (h->tls->serve == SERVE_TLS || h->tls->serve == SERVE_PLAIN) {
		if (open_http(h, e) < 0) {
			close_port(h);
			return -1;
		}
	} else {
		h->silent = silent_server_new(h->o.base, h->port, h->tls->serve, &h->state.connections, e);
		if (!h->silent)
			return -1;
	}
	h->state.listening = 1;
	return 0;
}

struct httpd *httpd_new(const struct httpd_options *o, struct err *e)
{
	struct httpd *h = mem_new(sizeof *h);
	*h = (struct httpd){ .o = *o, .port = o->port ? o->port : site_free_port(SOCK_STREAM) };
	h->tls = tlsfault_table()->rows;
	faulty_init(&h->faulty);
	if (open_port(h, e) < 0) {
		httpd_free(h);
		return NULL;
	}
	return h;
}

void httpd_free(struct httpd *h)
{
	if (!h)
		return;
	close_port(h);
	free(h);
}

int httpd_port(const struct httpd *h)
{
	return h->port;
}

int httpd_set_tls(struct httpd *h, const char *name, struct err *e)
{
	const struct fault *f = fault_find(tlsfault_table(), name, e);
	if (!f)
		return -1;
	h->tls = (const struct tls_fault *)(const void *)f;
	return h->state.listening ? open_port(h, e) : 0;
}

int httpd_listen(struct httpd *h, int on, struct err *e)
{
	if (on && !h->state.listening)
		return open_port(h, e);
	if (!on)
		close_port(h);
	return 0;
}

struct faulty *httpd_faulty(struct httpd *h)
{
	return &h->faulty;
}

void httpd_get(const struct httpd *h, struct httpd_state *ret)
{
	*ret = h->state;
	ret->tls = h->tls->fault.name;
}
