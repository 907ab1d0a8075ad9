/* SPDX-License-Identifier: MIT */
/* https: a POST over verified TLS. There is no other kind of request, and no scheme to choose.
 *
 * An endpoint is one service's server: prepared once, used for many posts, one at a time, on a connection
 * of its own that is kept from post to post. With verification on, no socket is opened before the date is
 * known, a root is loaded and the host is a name; no byte of a document leaves before chain and name have
 * passed.
 *
 * A trust epoch lasts as long as what certificates are verified with stays the same: the roots, the
 * revocation lists, the policy. A connection is used only in the epoch in which its
 * server was verified. */
#ifndef NET_HTTPS_H
#define NET_HTTPS_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "certstore/anchors.h"
#include "date/date.h"
#include "trust/verify.h"

#include <stddef.h>
#include <stdint.h>

enum { HTTPS_HEADERS_MAX = 12, HTTPS_REPLY_MAX = 1 << 20 };

struct https;
struct https_endpoint;

/* Called for the log: once for each handshake in which the server showed a certificate, when the handshake is
 * over, and once for each attempt that was not allowed to open a socket. It may free the endpoint, not the
 * https. */
typedef void https_on_verdict(void *arg, const struct verdict *v, const struct verdict_context *c);

struct https_options {
	struct loop *loop;
	struct dns *dns; /* borrowed, like the next two */
	struct date *date;
	const struct anchors *anchors;
	https_on_verdict *on_verdict;
	void *arg;
};
/* Yours to free. Aborts when libcurl cannot be started. */
struct https *https_new(const struct https_options *o);
/* All endpoints must have been freed. NULL is fine. */
void https_free(struct https *h);
/* Ends the trust epoch: no connection or TLS session of before is used for another call; calls under way go
 * on. */
void https_new_epoch(struct https *h);

/* DNS is asked again, from new sockets, before the next connection is made, whatever time to live an
 * answer of before has left: the network, or its name servers, may be others now. */
void https_ask_anew(struct https *h);
/* The device has lost an address or a route: connections that went through it are closed, and calls on
 * them fail in the next turn with ERR_NET. */
void https_end_lost(struct https *h);

/* An https URL taken apart. Plain data. */
struct https_url {
	char host[DNS_NAME_MAX]; /* lower case, A-labels, no trailing dot, no brackets */
	int port;
	int is_address;  /* host is an address literal */
	char path[2049]; /* with query, begins with '/' */
};
/* ERR_INPUT in one sentence; an http URL is refused and the https form shown. User names in URLs are
 * refused. */
int https_url_parse(const char *text, struct https_url *ret, struct err *e);

struct https_endpoint_options {
	const char *service; /* "HttpFeedback 1": stands in the log's line */
	const char *url;
	enum { HTTPS_VERIFY_ON, HTTPS_VERIFY_OFF } verify;
	struct verify_policy policy;
	const char *user, *password;            /* Basic; NULL for none */
	const char *headers[HTTPS_HEADERS_MAX]; /* "Content-Type: text/xml", for each post; ends at NULL */
	/* Milliseconds; https_deadline.c says how they work together. */
	int connect_ms;   /* for a TCP connection, and without a byte in the TLS handshake; 0: 10,000 */
	int stall_ms;     /* without a byte of the post that the server's side acknowledged; 0: 30,000 */
	int answer_ms;    /* for the answer, once the server's side has the post; 0: 30,000 */
	int total_ms;     /* for all of it, however well it moves; 0: no limit */
	size_t reply_max; /* no more of an answer's body is read; 0: 64 KiB */
};
/* Yours to free, before h. All text is copied. 0; -1: ERR_INPUT for a bad URL or header, ERR_CONFIG. */
int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e);
/* Cancels what is under way. NULL is fine. */
void https_endpoint_free(struct https_endpoint *p);

struct https_reply {         /* borrowed for the callback */
	struct err err;      /* ERR_NONE: an answer came, whatever its status */
	struct err body_err; /* the answer's body is not whole (ERR_FULL: longer than reply_max); len is 0 */
	int status;          /* 0: none */
	const char *content_type; /* "" if none */
	const char *body;         /* NUL-terminated */
	size_t len;
	int64_t retry_after_s; /* -1: none. A date in it counts from the trusted date */
	long verify_code;      /* of the verdict on this connection, 0: trusted; -1: there was none */
	/* of the handshake made for this call, if it was refused or this is a probe; else NULL */
	const struct verdict *verdict;
	const struct verify_chain *chain; /* what the server sent in it, under the same condition */
	/* in this call's handshake the server asked for a client certificate and got none */
	int certificate_asked;
	int certificate_wanted; /* it asked for one, whatever it got */
	int reused;             /* answered on a connection that was open before */
	/* it failed, and the host has another address, which has not failed since it was tried last: the next
	 * call goes there */
	int has_other_address;
	int64_t elapsed_ms;
};
/* One post. body and extra headers are borrowed until done. One call at a time per endpoint (a second is
 * refused with ERR_FULL). done(arg, reply) is called exactly once, never before https_post has returned,
 * and not after https_cancel or https_endpoint_free. */
int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra_headers,
	       size_t n_extra, void (*done)(void *arg, const struct https_reply *reply), void *arg,
	       struct err *e);
/* The handshake only: connects, verifies, sends no request, closes. status stays 0. */
int https_probe(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply), void *arg,
		struct err *e);
/* The same. If the server asks for a client certificate and its own is trusted, waits for what it says
 * of that: it may refuse it after the handshake, or by the status of an answer. So the head of "/" is
 * asked for, which holds nothing of the device, and status is that of the answer, 0 if none came within
 * 2 s. */
int https_probe_client(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply),
		       void *arg, struct err *e);
void https_cancel(struct https_endpoint *p);
/* As https_cancel, because the caller has waited for too long: the next call goes to another address of the
 * host, if there is one. */
void https_abandon(struct https_endpoint *p);
/* 1: a connection is open, as far as is known: the next post goes out on it. */
int https_is_connected(const struct https_endpoint *p);
/* 1: a call is under way that has no connection yet. A handshake costs both sides far more than a post
 * does. */
int https_is_connecting(const struct https_endpoint *p);

#endif
