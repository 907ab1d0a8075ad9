/* SPDX-License-Identifier: MIT */
/* tls_stream_internal: what the files of tls_stream share. */
#ifndef NET_TLS_STREAM_INTERNAL_H
#define NET_TLS_STREAM_INTERNAL_H

#include "base/buf.h"
#include "net/tls_stream.h"

#include <openssl/ssl.h>

enum { TLS_STREAM_MARKS = 256 };

/*   tls_stream_open --> BEGINNING --a turn later--> RESOLVING --> CONNECTING --> SHAKING --> OPEN
 *
 * From each of them it may go to ENDED; what is to be told of that is told in the loop's next turn at the
 * latest, and nothing after it. */
enum tls_stream_state {
	TLS_STREAM_BEGINNING,
	TLS_STREAM_RESOLVING,
	TLS_STREAM_CONNECTING,
	TLS_STREAM_SHAKING, /* the TLS handshake */
	TLS_STREAM_OPEN,
	TLS_STREAM_ENDED,
};

/* So many bytes were written when so many encrypted ones had been made of them. */
struct tls_stream_mark {
	uint64_t written, encrypted;
};

struct tls_stream {
	struct tls_stream_world w;
	struct tls_stream_events on;
	void *arg;
	enum tls_stream_state state;
	struct tls_stream_request request; /* its texts are the three below */
	char service[64], host[DNS_NAME_MAX], alpn[32];
	int is_address;
	size_t out_max;
	int connect_ms, stall_ms;

	struct dns_query *query; /* RESOLVING */
	struct dns_answer found; /* in the order in which they are tried */
	size_t at;               /* the one that is tried, or was connected */
	int fd;                  /* -1: none */
	struct loop_watch *watch;
	struct loop_timer *timer; /* the next deadline, or what is to be done in the next turn */
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *encrypted; /* owned by ssl: what was received, and what is to be sent */
	struct buf out;      /* encrypted bytes that the socket has not taken */
	struct verify_session *session;
	int is_reported;               /* its verdict was */
	int asks_client, lacks_client; /* the server, when the session is over: as verify_session has it */
	uint64_t generation;           /* of the anchors that it was verified with */

	uint64_t written, acknowledged;                 /* bytes that were written */
	uint64_t made, sent, taken;                     /* encrypted bytes in all, sent, and acknowledged */
	struct tls_stream_mark marks[TLS_STREAM_MARKS]; /* a ring: those that are not acknowledged */
	size_t first_mark, n_marks;
	int64_t opened_ms, moved_ms; /* when it was begun; when something last moved */
	int64_t shaking_ms;          /* when the handshake began */
	int has_read;                /* something came in the handshake */
	struct err err;              /* ENDED: why */
	int *gone;                   /* set to 1 when the stream is freed while a callback runs */
};

/* Ends it, with the error in s->err, which has been set; tells the owner in the next turn. */
void tls_stream_end(struct tls_stream *s);
/* Reports the verdict. Returns 1 if the stream is gone. */
int tls_stream_report(struct tls_stream *s, const struct verdict *v);
/* Something has moved: the deadlines begin anew. */
void tls_stream_moved(struct tls_stream *s);

/* tls_stream_connect: resolves the name; tries the next address. */
void tls_stream_resolve(struct tls_stream *s);
/* No connection to the present address; s->err says why. Tries the next, or ends. */
void tls_stream_address_failed(struct tls_stream *s);
/* The connection that was there fails; s->err says why. The stream ends, and the next one goes to another
 * of the host's addresses first. */
void tls_stream_fail(struct tls_stream *s);
void tls_stream_disconnect(struct tls_stream *s);

/* tls_stream_io: the connection is there: makes the handshake. */
void tls_stream_shake(struct tls_stream *s);
/* Sends what can be sent. -1: the connection is broken, s->err says why. */
int tls_stream_flush(struct tls_stream *s);
/* The function of the socket's watch from then on. */
void tls_stream_on_socket(void *stream, unsigned ready);

/* tls_stream_reason: "host (address) port N". */
void tls_stream_who(const struct tls_stream *s, char *ret, size_t size);
/* TLS has failed; error is OpenSSL's, 0: the connection itself ended, with errno number (0: in order). */
void tls_stream_explain(struct tls_stream *s, unsigned long error, int number);

#endif
