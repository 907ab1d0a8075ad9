/* SPDX-License-Identifier: MIT */
/* tls_stream: a TLS connection to a server, for protocols other than HTTPS. The server is verified as
 * net/https does it: with verification on, no socket is opened unless a root is loaded, the host is a name
 * and the date is known (but for a server that the date is learned from), and no byte is sent or delivered
 * before the chain and the name have been verified. */
#ifndef NET_TLS_STREAM_H
#define NET_TLS_STREAM_H

#include "base/err.h"
#include "certstore/anchors.h"
#include "date/date.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "trust/verify.h"

#include <stddef.h>
#include <stdint.h>

struct tls_stream;

/* What all streams of an agent share. All are borrowed as long as a stream lives. */
struct tls_stream_world {
	struct loop *loop;
	struct dns *dns;
	struct date *date;
	const struct anchors *anchors;
	/* For the log: called once when a handshake is over in which the server showed a certificate, and
	 * once when a stream was not allowed to open a socket. May free the stream. */
	void (*on_verdict)(void *arg, const struct verdict *v, const struct verdict_context *c);
	void *arg;
};

/* Which server, and what the stream may take. Texts are copied. */
struct tls_stream_request {
	const char *service; /* its name in the log */
	const char *host;    /* a name or an address, without port */
	int port;
	enum { TLS_STREAM_VERIFY_ON, TLS_STREAM_VERIFY_OFF } verify;
	/* FROM_THIS_SERVER: the date is to be learned from it. While it is unknown, the chain is verified
	 * with struct verify_request's floor_unix. */
	enum { TLS_STREAM_DATE_KNOWN, TLS_STREAM_DATE_FROM_THIS_SERVER } date_rule;
	enum { TLS_STREAM_1_2, TLS_STREAM_1_3 } least; /* the lowest version */
	const char *alpn; /* the protocol that the server must agree to speak; NULL: none is named */
	struct verify_policy policy;
	size_t out_max; /* bytes that were written and not acknowledged, at most; 0: 64 KiB */
	/* Milliseconds; 0: 10,000, 30,000 and no limit. */
	int connect_ms; /* for each address, and without a byte in the handshake (three times that in all) */
	int stall_ms;   /* with unacknowledged bytes, of which the other side acknowledges none */
	int total_ms;   /* for all of the stream's life */
};

/* All are called from the loop, and none within a call of these functions. Each may free the stream. */
struct tls_stream_events {
	void (*opened)(void *arg); /* the server was verified: bytes may be written */
	void (*received)(void *arg, const void *data, size_t len);
	/* more bytes were acknowledged (tls_stream_acknowledged); NULL: not wanted */
	void (*progressed)(void *arg);
	/* Once, and nothing after it. ERR_NONE: the server has ended the stream in order; ERR_TLS with the
	 * verdict's code or 0; ERR_DATE, ERR_DNS, ERR_NET, ERR_TIMEOUT, ERR_PROTOCOL; ERR_CONFIG: what
	 * certificates are verified with has changed, and a new stream has to be opened. */
	void (*ended)(void *arg, const struct err *e);
};

/* Begins to connect: resolves the name and tries its addresses in turn (net/address_order.h). The caller
 * frees the stream. */
struct tls_stream *tls_stream_open(const struct tls_stream_world *w, const struct tls_stream_request *r,
				   const struct tls_stream_events *on, void *arg);
/* Ends the stream; if it is open the server is told so (close_notify). NULL is allowed. */
void tls_stream_free(struct tls_stream *s);

/* Takes all of the bytes, to be sent as soon as the server takes them: 0. -1: none of them, because the
 * stream is not open (or ends now, since the trust epoch is over), or out_max would be passed. */
int tls_stream_write(struct tls_stream *s, const void *data, size_t len);
/* How many of the bytes that were written the TCP of the server's side has acknowledged. */
uint64_t tls_stream_acknowledged(struct tls_stream *s);

/* The device has lost an address or a route: if the stream went through it, it ends in the next turn. */
void tls_stream_end_if_lost(struct tls_stream *s);

/* The address that it is connected to; valid from `opened` on, while the stream lives. */
const struct dns_address *tls_stream_address(const struct tls_stream *s);
/* The chain that the server showed, for `opened` alone: it is freed after it. Borrowed. */
const struct verify_chain *tls_stream_chain(const struct tls_stream *s);
/* Return 1 if the server has asked for a client certificate, and if none was sent. Valid from `opened` or
 * `ended` on, while the stream lives. */
int tls_stream_client_certificate_requested(const struct tls_stream *s);
int tls_stream_client_certificate_missing(const struct tls_stream *s);
/* Keys that both ends derive (RFC 5705, RFC 8446 7.5). 0 or -1. */
struct tls_stream_export {
	const char *label;
	const void *context;
	size_t context_len;
};
int tls_stream_export(struct tls_stream *s, const struct tls_stream_export *x, void *ret, size_t len);

#endif
