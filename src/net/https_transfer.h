/* SPDX-License-Identifier: MIT */
/* https_transfer: one request of an endpoint's libcurl handle in its pool, and the verdicts of the handshakes
 * that are made for it. libcurl may make several handshakes for one transfer, if an earlier connection turns
 * out to be closed. */
#ifndef NET_HTTPS_TRANSFER_H
#define NET_HTTPS_TRANSFER_H

#include "https_pool.h"
#include "trust/verify.h"

struct https_transfer {
	CURL *easy;
	struct https_pool *pool;
	struct https_opener opener;  /* callback for the handle's sockets */
	void (*notified)(void *arg); /* a verdict is to be reported, or the transfer has ended */
	void *arg;
	int finished; /* 1: it has ended, with this result */
	CURLcode result;
	/* sessions of the handshakes that have begun since the transfer was started, newest first */
	struct https_session *sessions;
	int is_fresh; /* 1: the newest session is that of the connection in use, or that was tried last */
	long code; /* if not is_fresh: the code of the verdict on the connection in use; -1: there is none */
	/* if not is_fresh: the session of that connection, made by an earlier transfer; NULL: there is
	 * none */
	struct verify_session *kept;
	/* addresses to which connections were opened since it started */
	struct dns_address tried[DNS_ADDRESSES_MAX];
	size_t n_tried;
};

/* Initialises a transfer whose easy, pool, notified and arg are set. Returns 0 or -1. */
int https_transfer_init(struct https_transfer *t);
/* Starts the transfer; `notified` is called later, never before this has returned. */
void https_transfer_start(struct https_transfer *t);
/* Removes the transfer from its pool. If it had not finished, its connection is closed. Verdicts can still be
 * read. */
void https_transfer_stop(struct https_transfer *t);
int https_transfer_is_under_way(const struct https_transfer *t);
/* Moves the TLS sessions of the transfer's handshakes to the list, from which they are freed later, since a
 * callback may still read a verdict in one. Called before the transfer starts again, or is freed. */
void https_transfer_detach_sessions(struct https_transfer *t, struct https_session **list);
void https_sessions_free(struct https_session **list);

/* To be called when libcurl tries to make a new connection. */
void https_transfer_connects(struct https_transfer *t);
/* To be called when a handshake begins: takes ownership of its verify session. */
void https_transfer_keep(struct https_transfer *t, struct verify_session *s);
/* To be called before a request is sent on the connection whose handshake had the session s; NULL: it had
 * none. */
void https_transfer_sends(struct https_transfer *t, struct verify_session *s);

/* Returns a verdict that this function has not returned before, oldest first; NULL: there are no more. */
const struct verdict *https_transfer_news(struct https_transfer *t);
/* Frees the verdict of the last handshake, if it has been returned by https_transfer_news, except for its
 * code. */
void https_transfer_free_verdict(struct https_transfer *t);
/* Returns the verdict of the transfer's handshake, or the certificates that the server sent in it; NULL:
 * there was none, or the verdict has been freed. */
const struct verdict *https_transfer_verdict(const struct https_transfer *t);
const struct verify_chain *https_transfer_chain(const struct https_transfer *t);
/* Returns the code of the verdict on the connection in use, even if an earlier transfer made the connection;
 * -1: there is none. */
long https_transfer_code(const struct https_transfer *t);
/* Returns 1 if a TLS handshake has begun since the transfer was started. */
int https_transfer_handshake_begun(const struct https_transfer *t);
/* Returns 1 if the server asked for a client certificate in the handshake of this transfer, and got none. */
int https_transfer_client_certificate_missing(const struct https_transfer *t);
/* Returns 1 if the server asked for a client certificate, whether or not it got one. */
int https_transfer_client_certificate_requested(const struct https_transfer *t);
/* Returns OpenSSL's error that ended TLS on the connection in use, or tried last (see verify_session_error);
 * 0: none. */
unsigned long https_transfer_tls_error(const struct https_transfer *t);
/* Returns its connection; NULL: it has none now. */
const struct https_connection *https_transfer_connection(const struct https_transfer *t);

#endif
