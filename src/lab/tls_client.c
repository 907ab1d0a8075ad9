/* SPDX-License-Identifier: MIT */
#include "tls_client.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { HEADERS_MAX = 64 << 10, HOST_NAME = 256 };

static void watch_handshake(const SSL *ssl, int where, int value)
{
	(void)value;
	struct tls_client_progress *p = SSL_get_app_data(ssl);
	if (!p)
		return;
	if (where & SSL_CB_HANDSHAKE_START) {
		/* without this, a body that is written after its headers waits for their acknowledgement */
		int on = 1, fd = SSL_get_fd(ssl);
		struct sockaddr_storage server;
		socklen_t size = sizeof server;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		/* OpenSSL begins a handshake even if the connection was refused */
		p->connected = getpeername(fd, (struct sockaddr *)&server, &size) == 0;
	}
	if (where & SSL_CB_HANDSHAKE_DONE)
		p->shaken = 1;
}

SSL_CTX *tls_client_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx)
		abort(); /* out of memory */
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_info_callback(ctx, watch_handshake);
	return ctx;
}

SSL *tls_client_ssl(SSL_CTX *ctx, const char *host, struct tls_client_progress *progress)
{
	SSL *ssl = SSL_new(ctx);
	char name[HOST_NAME]; /* OpenSSL's macro does not accept const text */
	snprintf(name, sizeof name, "%s", host);
	if (!ssl || SSL_set_tlsext_host_name(ssl, name) != 1 || SSL_set1_host(ssl, host) != 1)
		abort(); /* out of memory */
	SSL_set_app_data(ssl, progress);
	return ssl;
}

struct evhttp_connection *tls_client_connect(const struct tls_client_target *t)
{
	struct bufferevent *b = bufferevent_openssl_socket_new(
		t->base, -1, t->ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_openssl_set_allow_dirty_shutdown(b, 1);
	struct evhttp_connection *http =
		evhttp_connection_base_bufferevent_new(t->base, NULL, b, t->address, (ev_uint16_t)t->port);
	evhttp_connection_set_timeout(http, t->answer_s);
	evhttp_connection_set_max_body_size(http, (ev_ssize_t)t->answer_max);
	evhttp_connection_set_max_headers_size(http, HEADERS_MAX);
	return http;
}

static SSL *ssl_of(struct evhttp_connection *http)
{
	return bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(http));
}

void tls_client_close(struct evhttp_connection *http)
{
	if (!http)
		return;
	evhttp_connection_set_closecb(http, NULL, NULL);
	SSL *ssl = ssl_of(http);
	if (ssl)
		SSL_set_app_data(ssl, NULL);
	evhttp_connection_free(http);
}

int tls_client_send(struct evhttp_connection *http, struct evhttp_request *request, enum evhttp_cmd_type type,
		    const char *path)
{
	/* libevent does not accept the request if no socket is left */
	if (evhttp_make_request(http, request, type, path) == 0)
		return 0;
	evhttp_request_free(request);
	return -1;
}

enum tls_client_end tls_client_why(struct evhttp_connection *http, const struct tls_client_progress *progress,
				   char untrusted[TLS_CLIENT_REASON])
{
	const SSL *ssl = ssl_of(http);
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	if (!progress->connected)
		return TLS_CLIENT_NOT_CONNECTED;
	if (progress->shaken)
		return TLS_CLIENT_NO_ANSWER;
	if (verified == X509_V_OK)
		return TLS_CLIENT_NO_HANDSHAKE;
	snprintf(untrusted, TLS_CLIENT_REASON, "%ld, %s", verified, X509_verify_cert_error_string(verified));
	return TLS_CLIENT_NOT_TRUSTED;
}
