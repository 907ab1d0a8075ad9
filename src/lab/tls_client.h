/* SPDX-License-Identifier: MIT */
/* tls_client: what the lab's clients of HTTPS have in common: TLS that verifies the server, a connection of
 * HTTP over it, and why there was no answer. */
#ifndef LAB_TLS_CLIENT_H
#define LAB_TLS_CLIENT_H

#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <stddef.h>

/* How far a connection has come. Belongs to the caller, who keeps it until tls_client_close. */
struct tls_client_progress {
	int connected; /* TCP stands, and the handshake has begun */
	int shaken;    /* the handshake is done */
};

/* Makes a context whose store is empty yet. A server's own certificate may be added to it as well as the root
 * above it. Never NULL. */
SSL_CTX *tls_client_context(void);

/* Makes the TLS of one connection to a server whose certificate has to be for the host. progress: NULL, or
 * what is kept up to date. Never NULL; the caller frees it. */
SSL *tls_client_ssl(SSL_CTX *ctx, const char *host, struct tls_client_progress *progress);

struct tls_client_target {
	struct event_base *base;
	SSL *ssl; /* of tls_client_ssl, which the connection takes */
	const char *address;
	int port;
	int answer_s;      /* for how long an answer is waited for */
	size_t answer_max; /* bytes of its body */
};
/* Makes a connection, which connects when the first request is sent. */
struct evhttp_connection *tls_client_connect(const struct tls_client_target *t);
/* Closes and frees it; no callback is called any more. NULL is allowed. */
void tls_client_close(struct evhttp_connection *http);

/* Sends the request, which the connection takes. -1: it was not sent, is gone, and has no callback. */
int tls_client_send(struct evhttp_connection *http, struct evhttp_request *request, enum evhttp_cmd_type type,
		    const char *path);

enum tls_client_end {
	TLS_CLIENT_NOT_CONNECTED,
	TLS_CLIENT_NOT_TRUSTED, /* the server's certificate; the handshake failed by it */
	TLS_CLIENT_NO_HANDSHAKE,
	TLS_CLIENT_NO_ANSWER, /* after the handshake */
};
enum { TLS_CLIENT_REASON = 160 };
/* Says why a request had no answer; untrusted becomes what is wrong with a certificate that is not
 * trusted. */
enum tls_client_end tls_client_why(struct evhttp_connection *http, const struct tls_client_progress *progress,
				   char untrusted[TLS_CLIENT_REASON]);

#endif
