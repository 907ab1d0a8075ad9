/* SPDX-License-Identifier: MIT */
/* https: POST requests over verified TLS. There is no scheme to choose. The only other request is that of
 * https_probe_client, HEAD /.
 *
 * An endpoint is the server of one service. It is prepared once and used for many posts, one at a time, on a
 * connection of its own that is kept from post to post. With verification on, no socket is opened unless the
 * date is known, a root is loaded and the host is a name, and no byte of a document is sent before the chain
 * and the name have been verified.
 *
 * A trust epoch lasts as long as what certificates are verified with stays the same: the roots, the
 * revocation lists, the policy. A connection is used only in the epoch in which its server was verified. */
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
/* The caller frees it. Aborts if libcurl cannot be initialised. */
struct https *https_new(const struct https_options *o);
/* All endpoints must have been freed. NULL is allowed. */
void https_free(struct https *h);
/* Ends the trust epoch: earlier connections and TLS sessions are not used for further calls; calls that are
 * under way continue. */
void https_new_epoch(struct https *h);

/* Has DNS asked again, from new sockets, before the next connection is made, even if cached answers have not
 * expired: the network or its name servers may have changed. */
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
/* Parses an https URL. Fails with ERR_INPUT; for an http URL the error shows the https form. User names in
 * URLs are refused, too. */
int https_url_parse(const char *text, struct https_url *ret, struct err *e);

struct https_endpoint_options {
	const char *service; /* name of the service for the log: "HttpFeedback 1" */
	const char *url;
	enum { HTTPS_VERIFY_ON, HTTPS_VERIFY_OFF } verify;
	struct verify_policy policy;
	const char *user, *password; /* login for HTTP Basic; NULL: there is none */
	/* headers of every post, "Content-Type: text/xml"; the list ends at NULL */
	const char *headers[HTTPS_HEADERS_MAX];
	/* Milliseconds; https_deadline.c says how they work together. */
	int connect_ms;   /* for a TCP connection; in the TLS handshake, time without a byte; 0: 10,000 */
	int stall_ms;     /* during which the server's side acknowledges no byte of the post; 0: 30,000 */
	int answer_ms;    /* for the answer, once the server's side has the post; 0: 30,000 */
	int rest_ms;      /* during which no byte of an answer's body comes; 0: only answer_ms counts */
	int total_ms;     /* for the whole call, even if data keeps moving; 0: no limit */
	size_t reply_max; /* maximum of an answer's body; 0: 64 KiB */
};
/* Makes an endpoint, which the caller frees before h. All texts are copied. Returns 0; -1 with ERR_INPUT for
 * a wrong URL or header, or ERR_CONFIG. */
int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e);
/* Cancels the call that is under way. NULL is allowed. */
void https_endpoint_free(struct https_endpoint *p);

struct https_reply {         /* borrowed for the callback */
	struct err err;      /* ERR_NONE: the server answered, with whatever status */
	struct err body_err; /* the answer's body is not whole (ERR_FULL: longer than reply_max); len is 0 */
	int status;          /* 0: none */
	const char *content_type; /* "" if none */
	const char *body;         /* NUL-terminated */
	size_t len;
	/* Retry-After in seconds (a date in the header is converted by the trusted date); -1: there was no
	 * such header */
	int64_t retry_after_s;
	/* the code of the verdict on this connection, 0: trusted; -1: there was no verdict */
	long verify_code;
	/* verdict of this call's handshake, if it was refused or the call is a probe; otherwise NULL */
	const struct verdict *verdict;
	/* certificates that the server sent, if verdict is not NULL; otherwise NULL */
	const struct verify_chain *chain;
	/* 1: in this call's handshake the server asked for a client certificate and got none */
	int client_certificate_missing;
	/* 1: in this call's handshake the server asked for a client certificate */
	int client_certificate_requested;
	int reused; /* answered on a connection that was open before */
	/* 1: the call failed, and the host has another address, which has not failed since it was last tried:
	 * the next call goes there */
	int has_other_address;
	int64_t elapsed_ms;
};
/* Sends one post. body and extra headers are borrowed until done is called. An endpoint makes one call at a
 * time; a second one is refused with ERR_FULL. done(arg, reply) is called exactly once, never before
 * https_post has returned, and not after https_cancel or https_endpoint_free. */
int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra_headers,
	       size_t n_extra, void (*done)(void *arg, const struct https_reply *reply), void *arg,
	       struct err *e);
/* Makes only a handshake: connects, verifies, sends no request, and closes. status remains 0. */
int https_probe(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply), void *arg,
		struct err *e);
/* As https_probe. If the server asks for a client certificate and its own is trusted, also waits until the
 * server has accepted or refused the client's certificate, which it may do after the handshake, or by the
 * status of an answer. So HEAD / is sent, which contains nothing about the device. status is that of the
 * answer; 0 if none arrived within 2 s. */
int https_probe_client(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply),
		       void *arg, struct err *e);
void https_cancel(struct https_endpoint *p);
/* As https_cancel, because the caller has waited for too long: the next call goes to another address of the
 * host, if there is one. */
void https_abandon(struct https_endpoint *p);
/* Returns 1 if a connection is open, as far as is known: the next post is sent on it. */
int https_is_connected(const struct https_endpoint *p);
/* Returns 1 if a call is under way that has no connection yet. (A handshake takes far more work on both sides
 * than a post.) */
int https_is_connecting(const struct https_endpoint *p);

/* Returns the version of libcurl with which this process runs. Static. */
const char *https_library_version(void);

#endif
