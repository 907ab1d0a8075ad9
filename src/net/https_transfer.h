/* SPDX-License-Identifier: MIT */
/* https_transfer: an endpoint's handle under way in its pool, and the verdicts of the handshakes that are
 * made for it. libcurl may make several for one transfer, when a connection of before turns out to be
 * closed. */
#ifndef NET_HTTPS_TRANSFER_H
#define NET_HTTPS_TRANSFER_H

#include "https_pool.h"
#include "trust/verify.h"

struct https_transfer {
	CURL *easy;
	struct https_pool *pool;
	struct https_opener opener;  /* of the handle's sockets */
	void (*notified)(void *arg); /* a verdict is to be reported, or the transfer has ended */
	void *arg;
	int finished; /* it has ended: */
	CURLcode result;
	struct https_session *sessions; /* of handshakes begun since it started, newest first */
	int is_fresh;                   /* the newest is that of the connection in use, or tried */
	long code;                      /* if not: the verdict's code on that connection; -1: it has none */
	struct verify_session *kept;    /* and its session, made by an earlier transfer; NULL: it has none */
	struct dns_address tried[DNS_ADDRESSES_MAX]; /* where connections were opened to since it started */
	size_t n_tried;
};

/* Prepares a transfer whose easy, pool, notified and arg are set. 0 or -1. */
int https_transfer_init(struct https_transfer *t);
/* Begins; `notified` is called later, never before this has returned. */
void https_transfer_start(struct https_transfer *t);
/* Takes it out. If it had not finished, its connection is closed. Verdicts can still be read. */
void https_transfer_stop(struct https_transfer *t);
int https_transfer_is_under_way(const struct https_transfer *t);
/* Moves the TLS sessions of the transfer's handshakes to the list, from which they are freed later, since a
 * callback may still read a verdict in one. Called before the transfer starts again, or is freed. */
void https_transfer_detach_sessions(struct https_transfer *t, struct https_session **list);
void https_sessions_free(struct https_session **list);

/* A new connection is tried. */
void https_transfer_connects(struct https_transfer *t);
/* Takes the session of a handshake that begins. */
void https_transfer_keep(struct https_transfer *t, struct verify_session *s);
/* A request is about to be sent on the connection whose handshake has the session s; NULL: it has none. */
void https_transfer_sends(struct https_transfer *t, struct verify_session *s);

/* A verdict that has not been returned here before, oldest first; NULL: no more. */
const struct verdict *https_transfer_news(struct https_transfer *t);
/* If the verdict has been reported: only its code is wanted from now on. */
void https_transfer_settle(struct https_transfer *t);
/* The verdict of that handshake, and what the server sent in it; NULL: there is none, or it is settled. */
const struct verdict *https_transfer_verdict(const struct https_transfer *t);
const struct verify_chain *https_transfer_chain(const struct https_transfer *t);
/* The verdict's code on the connection in use, whichever transfer made that; -1: it has none. */
long https_transfer_code(const struct https_transfer *t);
/* 1: a handshake began since it started. */
int https_transfer_shook_hands(const struct https_transfer *t);
/* 1: in the handshake that was made, or tried, for this transfer the server asked for a client certificate
 * and got none. */
int https_transfer_certificate_asked(const struct https_transfer *t);
/* 1: it asked for one, whatever it got. */
int https_transfer_certificate_wanted(const struct https_transfer *t);
/* The error of OpenSSL that ended TLS on the connection in use, or tried, see verify_session_error; 0:
 * none. */
unsigned long https_transfer_tls_error(const struct https_transfer *t);
/* Its connection; NULL: it has none now. */
const struct https_connection *https_transfer_connection(const struct https_transfer *t);

#endif
