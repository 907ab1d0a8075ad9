/* SPDX-License-Identifier: MIT */
/* tls_stream_internal: struct tls_stream, and the functions that the files of tls_stream share. */
#ifndef NET_TLS_STREAM_INTERNAL_H
#define NET_TLS_STREAM_INTERNAL_H

#include "base/buf.h"
#include "net/tls_stream.h"

#include <openssl/ssl.h>

enum { TLS_STREAM_MARKS = 256 };

/* The states of a stream:
 *
 *   tls_stream_open --> BEGINNING --a turn later--> RESOLVING --> CONNECTING --> SHAKING --> OPEN
 *
 * Each of them can be followed by ENDED. The end is reported in the loop's next turn at the latest, and
 * nothing is reported after it. */
enum tls_stream_state {
	TLS_STREAM_BEGINNING,
	TLS_STREAM_RESOLVING,
	TLS_STREAM_CONNECTING,
	TLS_STREAM_SHAKING, /* the TLS handshake */
	TLS_STREAM_OPEN,
	TLS_STREAM_ENDED,
};

/* When `written` bytes had been written, `encrypted` encrypted bytes had been made from them. */
struct tls_stream_mark {
	uint64_t written, encrypted;
};

struct tls_stream {
	struct tls_stream_world w;
	struct tls_stream_events on;
	void *arg;
	enum tls_stream_state state;
	struct tls_stream_request request; /* its texts point to the three below */
	char service[64], host[DNS_NAME_MAX], alpn[32];
	int is_address;
	size_t out_max;
	int connect_ms, stall_ms;

	struct dns_query *query; /* RESOLVING */
	struct dns_answer found; /* in the order in which they are tried */
	size_t at;               /* index of the address that is tried, or connected */
	int fd;                  /* -1: none */
	uint64_t gateway;        /* net/route.h; 0: not known */
	struct loop_watch *watch;
	struct loop_timer *timer; /* the next deadline, or work for the next turn of the loop */
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *encrypted; /* owned by ssl: received bytes, and bytes to be sent */
	struct buf out;      /* encrypted bytes that the socket has not accepted yet */
	struct verify_session *session;
	int is_reported; /* 1: its verdict was reported */
	/* after the session: whether the server asked for a client certificate, and whether it got none */
	int asks_client, lacks_client;
	uint64_t generation; /* generation of the anchors with which the server was verified */

	uint64_t written, acknowledged;                 /* plain bytes: written, and acknowledged */
	uint64_t made, sent, taken;                     /* encrypted bytes: made, sent, and acknowledged */
	struct tls_stream_mark marks[TLS_STREAM_MARKS]; /* a ring of marks whose bytes are not acknowledged */
	size_t first_mark, n_marks;
	int64_t opened_ms, moved_ms; /* when it was opened; when a byte last moved */
	int64_t shaking_ms;          /* when the handshake began */
	int has_read;                /* 1: something was received in the handshake */
	struct err err;              /* ENDED: the reason */
	int *gone;                   /* if not NULL: is set to 1 when the stream is freed during a callback */
};

/* Ends the stream with the error in s->err. The owner is notified in the next turn of the loop. */
void tls_stream_end(struct tls_stream *s);
/* Reports the verdict. Returns 1 if the callback has freed the stream. */
int tls_stream_report(struct tls_stream *s, const struct verdict *v);
/* To be called when bytes have moved: the deadlines begin again. */
void tls_stream_moved(struct tls_stream *s);

/* tls_stream_connect: tls_stream_resolve resolves the name and then tries the next address. */
void tls_stream_resolve(struct tls_stream *s);
/* To be called when there is no connection to the present address; s->err says why. Tries the next address,
 * or ends the stream. */
void tls_stream_address_failed(struct tls_stream *s);
/* To be called when an existing connection fails; s->err says why. The stream ends, and the next stream tries
 * another of the host's addresses first. */
void tls_stream_fail(struct tls_stream *s);
void tls_stream_disconnect(struct tls_stream *s);

/* tls_stream_io: makes the handshake on the new connection. */
void tls_stream_shake(struct tls_stream *s);
/* Sends what can be sent. Returns -1 if the connection is broken; s->err says why. */
int tls_stream_flush(struct tls_stream *s);
/* From then on the function of the socket's watch. */
void tls_stream_on_socket(void *stream, unsigned ready);

/* tls_stream_reason: writes "host (address) port N". */
void tls_stream_who(const struct tls_stream *s, char *ret, size_t size);
/* Sets s->err after a failure of TLS. error: OpenSSL's; 0: the connection itself ended, with the errno
 * `number` (0: properly). */
void tls_stream_explain(struct tls_stream *s, unsigned long error, int number);

#endif
