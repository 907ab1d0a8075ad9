/* SPDX-License-Identifier: MIT */
/* tls_client: the common part of the lab's HTTPS clients: TLS that verifies the server, an HTTP connection
 * over it, and the reason if there is no answer. */
#ifndef LAB_TLS_CLIENT_H
#define LAB_TLS_CLIENT_H

#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <stddef.h>

/* The state of a connection. It belongs to the caller, who keeps it until tls_client_close. */
struct tls_client_progress {
	int connected; /* 1: the TCP connection is open, and the handshake has begun */
	int shaken;    /* 1: the handshake is complete */
};

/* Makes a context with an empty store of trusted certificates. Roots, and also a server's own certificate,
 * may be added to the store. Never returns NULL. */
SSL_CTX *tls_client_context(void);

/* Makes the SSL of one connection to a server whose certificate has to be for the host. progress: NULL, or
 * updated with the connection's state. Never returns NULL; the caller frees it. */
SSL *tls_client_ssl(SSL_CTX *ctx, const char *host, struct tls_client_progress *progress);

struct tls_client_target {
	struct event_base *base;
	SSL *ssl; /* from tls_client_ssl; the connection owns it from now on */
	const char *address;
	int port;
	int answer_s;      /* seconds after which waiting for an answer ends */
	size_t answer_max; /* maximum length of an answer's body */
};
/* Makes a connection, which connects when the first request is sent. */
struct evhttp_connection *tls_client_connect(const struct tls_client_target *t);
/* Closes and frees it; no callback is called any more. NULL is allowed. */
void tls_client_close(struct evhttp_connection *http);

/* Sends the request, which the connection owns from now on. Returns -1 if it was not sent: it has been freed,
 * and its callback is not called. */
int tls_client_send(struct evhttp_connection *http, struct evhttp_request *request, enum evhttp_cmd_type type,
		    const char *path);

enum tls_client_end {
	TLS_CLIENT_NOT_CONNECTED,
	TLS_CLIENT_NOT_TRUSTED, /* the handshake failed because the server's certificate is not trusted */
	TLS_CLIENT_NO_HANDSHAKE,
	TLS_CLIENT_NO_ANSWER, /* the handshake was completed */
};
enum { TLS_CLIENT_REASON = 160 };
/* Returns why a request had no answer. If a certificate is not trusted, `untrusted` gets the reason. */
enum tls_client_end tls_client_why(struct evhttp_connection *http, const struct tls_client_progress *progress,
				   char untrusted[TLS_CLIENT_REASON]);

#endif
