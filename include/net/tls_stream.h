/* SPDX-License-Identifier: MIT */
/* tls_stream: a TLS connection to a server, for protocols other than HTTPS. The server is verified as
 * net/https does it: with verification on, no socket is opened unless a root is loaded, the host is a name
 * and the date is known (except for a server that gives the date), and no byte is sent or delivered before
 * the chain and the name have been verified. */
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

/* What all streams of an agent share. All is borrowed as long as a stream exists. */
struct tls_stream_world {
	struct loop *loop;
	struct dns *dns;
	struct date *date;
	const struct anchors *anchors;
	/* For the log: called once after each handshake in which the server sent a certificate, and once for
	 * a stream that was not allowed to open a socket. It may free the stream. */
	void (*on_verdict)(void *arg, const struct verdict *v, const struct verdict_context *c);
	void *arg;
};

/* The server, and the limits of the stream. Texts are copied. */
struct tls_stream_request {
	const char *service; /* its name in the log */
	const char *host;    /* a name or an address, without port */
	int port;
	enum { TLS_STREAM_VERIFY_ON, TLS_STREAM_VERIFY_OFF } verify;
	/* FROM_THIS_SERVER: the server gives the date. While the date is unknown, the chain is verified with
	 * struct verify_request's floor_unix. */
	enum { TLS_STREAM_DATE_KNOWN, TLS_STREAM_DATE_FROM_THIS_SERVER } date_rule;
	enum { TLS_STREAM_1_2, TLS_STREAM_1_3 } least; /* the lowest version */
	const char *alpn; /* the protocol to which the server must agree; NULL: none is negotiated */
	struct verify_policy policy;
	size_t out_max; /* maximum number of written bytes without acknowledgement; 0: 64 KiB */
	/* milliseconds; 0: the defaults 10,000, 30,000 and no limit */
	/* to connect to each address; in the handshake, time without a byte (three times this for all of
	 * it) */
	int connect_ms;
	int stall_ms; /* during which the other side acknowledges no byte although some are unacknowledged */
	int total_ms; /* for the whole life of the stream */
};

/* All are called from the loop, never during a call of the functions below. Each of them may free the
 * stream. */
struct tls_stream_events {
	void (*opened)(void *arg); /* the server was verified: bytes may be written */
	void (*received)(void *arg, const void *data, size_t len);
	/* more bytes were acknowledged (tls_stream_acknowledged); NULL: not wanted */
	void (*progressed)(void *arg);
	/* Called once, as the last one. ERR_NONE: the server ended the stream properly; ERR_TLS with the
	 * verdict's code or 0; ERR_DATE, ERR_DNS, ERR_NET, ERR_TIMEOUT, ERR_PROTOCOL; ERR_CONFIG: roots or
	 * settings of verification have changed, and a new stream has to be opened. */
	void (*ended)(void *arg, const struct err *e);
};

/* Begins to connect: resolves the name and tries its addresses in turn (net/address_order.h). The caller
 * frees the stream. */
struct tls_stream *tls_stream_open(const struct tls_stream_world *w, const struct tls_stream_request *r,
				   const struct tls_stream_events *on, void *arg);
/* Ends the stream. If it is open, sends a close_notify. NULL is allowed. */
void tls_stream_free(struct tls_stream *s);

/* Accepts all of the bytes, and sends them as soon as the connection allows: returns 0. Returns -1 and
 * accepts none if the stream is not open (or ends now because the trust epoch is over), or out_max would be
 * exceeded. */
int tls_stream_write(struct tls_stream *s, const void *data, size_t len);
/* Returns the number of written bytes that the TCP of the server's side has acknowledged. */
uint64_t tls_stream_acknowledged(struct tls_stream *s);

/* To be called when the device has lost an address or a route: if the stream went through it, it ends in the
 * next turn of the loop. */
void tls_stream_end_if_lost(struct tls_stream *s);

/* Returns the address to which it is connected; valid from `opened` on, as long as the stream exists. */
const struct dns_address *tls_stream_address(const struct tls_stream *s);
/* Returns the certificates that the server sent. Borrowed, and valid only during `opened`. */
const struct verify_chain *tls_stream_chain(const struct tls_stream *s);
/* Return 1 if the server has asked for a client certificate, and if none was sent. Valid from `opened` or
 * `ended` on, while the stream lives. */
int tls_stream_client_certificate_requested(const struct tls_stream *s);
int tls_stream_client_certificate_missing(const struct tls_stream *s);
/* Derives keys that the server derives, too (RFC 5705, RFC 8446 7.5). Returns 0 or -1. */
struct tls_stream_export {
	const char *label;
	const void *context;
	size_t context_len;
};
int tls_stream_export(struct tls_stream *s, const struct tls_stream_export *x, void *ret, size_t len);

#endif
