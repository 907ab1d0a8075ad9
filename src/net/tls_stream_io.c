/* SPDX-License-Identifier: MIT */
/* tls_stream_io: moves bytes between the socket and TLS, during and after the handshake. OpenSSL reads from
 * and writes to memory, so sending cannot raise SIGPIPE, and the number of bytes that TLS has made is
 * known. */
#include "tls_stream_internal.h"

#include "net/address_order.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { CHUNK = 16 << 10, CHUNKS_A_TURN = 4 };

/* Moves the bytes that TLS has made for the server to s->out. Returns -1 if they do not fit. */
static int take_made(struct tls_stream *s)
{
	size_t waiting = BIO_ctrl_pending(s->encrypted);
	void *room = waiting ? buf_room(&s->out, waiting) : NULL;
	if (!waiting)
		return 0;
	if (!room || BIO_read(s->encrypted, room, (int)waiting) != (int)waiting) {
		err_set(&s->err, ERR_FULL, 0, "%s port %d: more than %zu bytes wait to be sent", s->host,
			s->request.port, s->out.max);
		return -1;
	}
	buf_took(&s->out, waiting);
	s->made += waiting;
	return 0;
}

int tls_stream_flush(struct tls_stream *s)
{
	if (take_made(s) < 0)
		return -1;
	while (s->out.len) {
		ssize_t n = send(s->fd, s->out.data, s->out.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			break;
		if (n < 0) {
			tls_stream_explain(s, 0, errno);
			return -1;
		}
		s->sent += (uint64_t)n;
		buf_drop(&s->out, (size_t)n);
	}
	if (s->watch)
		loop_watch_set(s->watch, LOOP_READ | (s->out.len ? LOOP_WRITE : 0));
	return 0;
}

/* --- the handshake --- */

/* Returns the date for the verdict; 0: not known. */
static int64_t date_of(const struct tls_stream *s)
{
	int64_t now = 0;
	return date_now(s->w.date, loop_now_ms(s->w.loop), &now, NULL) == 0 ? now : 0;
}

static int64_t floor_of(const struct tls_stream *s)
{
	if (s->request.date_rule != TLS_STREAM_DATE_FROM_THIS_SERVER)
		return 0;
	int64_t floor = date_floor(s->w.date, loop_now_ms(s->w.loop));
	return floor > 0 ? floor : 1; /* 1970: no later moment is known to have passed */
}

static int prepare(struct tls_stream *s, struct err *e)
{
	const struct verify_request r = { .anchors = s->w.anchors,
					  .policy = s->request.policy,
					  .host = s->host,
					  .at_unix = date_of(s),
					  .floor_unix = floor_of(s),
					  .enforce = s->request.verify == TLS_STREAM_VERIFY_ON };
	unsigned char alpn[sizeof s->alpn + 1];
	size_t len = strlen(s->alpn);
	s->generation = anchors_generation(s->w.anchors);
	s->session = verify_session_new(&r);
	s->ctx = SSL_CTX_new(TLS_client_method());
	if (!s->ctx)
		return err_set(e, ERR_TLS, 0, "TLS cannot be set up on this device");
	if (verify_session_attach(s->session, s->ctx, e) < 0)
		return -1;
	SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(s->ctx, SSL_OP_NO_TICKET);
	alpn[0] = (unsigned char)len;
	memcpy(alpn + 1, s->alpn, len);
	s->ssl = SSL_new(s->ctx);
	s->in = BIO_new(BIO_s_mem());
	s->encrypted = BIO_new(BIO_s_mem());
	if (!s->ssl || !s->in || !s->encrypted) {
		BIO_free(s->in);
		BIO_free(s->encrypted);
		return err_set(e, ERR_TLS, 0, "TLS cannot be set up on this device");
	}
	BIO_set_mem_eof_return(s->in, -1);
	SSL_set_bio(s->ssl, s->in, s->encrypted);
	SSL_set_connect_state(s->ssl);
	int version = s->request.least == TLS_STREAM_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
	if (!SSL_set_min_proto_version(s->ssl, version) ||
	    (len && SSL_set_alpn_protos(s->ssl, alpn, (unsigned)len + 1)) ||
	    (!s->is_address && !SSL_set_tlsext_host_name(s->ssl, s->host)))
		return err_set(e, ERR_TLS, 0, "TLS cannot be set up on this device");
	return 0;
}

/* Returns 1 if the server has agreed to the wanted protocol. */
static int speaks_protocol(const struct tls_stream *s)
{
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	SSL_get0_alpn_selected(s->ssl, &chosen, &len);
	return len == strlen(s->alpn) && (!len || memcmp(chosen, s->alpn, len) == 0);
}

/* The last check before anything is sent: returns 1 if there is a verdict on this very handshake, and it is
 * good. */
static int is_trusted(struct tls_stream *s)
{
	long code = verify_session_code(s->session);
	if (s->request.verify == TLS_STREAM_VERIFY_ON && code != 0)
		return err_set(&s->err, ERR_TLS, code > 0 ? code : VERIFY_REFUSED_BEFORE_HANDSHAKE,
			       "%s: the server was not verified, so nothing was sent", s->host),
		       0;
	if (!speaks_protocol(s))
		return err_set(&s->err, ERR_PROTOCOL, 0, "%s port %d does not speak %s there (ALPN)", s->host,
			       s->request.port, s->alpn),
		       0;
	return 1;
}

/* Returns 1 if a callback has freed the stream. */
static int open_stream(struct tls_stream *s)
{
	int gone = 0;
	if (!is_trusted(s)) {
		tls_stream_fail(s);
		return 0;
	}
	if (!s->is_address)
		address_order_worked(dns_orders(s->w.dns), s->host, s->request.port,
				     &s->found.addresses[s->at]);
	s->state = TLS_STREAM_OPEN;
	tls_stream_moved(s);
	s->gone = &gone;
	s->on.opened(s->arg);
	if (gone)
		return 1;
	s->gone = NULL;
	if (s->session)
		verify_session_free_verdict(s->session);
	return 0;
}

/* Continues the handshake with received bytes. Returns 1 if a callback has freed the stream. */
static int shake_on(struct tls_stream *s)
{
	ERR_clear_error();
	int r = SSL_do_handshake(s->ssl), why = SSL_get_error(s->ssl, r);
	unsigned long error = ERR_peek_last_error();
	int is_over = r == 1 || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE);
	const struct verdict *v = verify_session_verdict(s->session);
	if (is_over && r != 1)
		tls_stream_explain(s, error, 0);
	struct err why_ended = s->err;
	ERR_clear_error();
	int is_sent = tls_stream_flush(s) == 0;
	if (is_over && v && !s->is_reported) {
		s->is_reported = 1;
		if (tls_stream_report(s, v))
			return 1;
	}
	if (is_over && r != 1)
		s->err = why_ended;
	if ((is_over && r != 1) || !is_sent) {
		tls_stream_fail(s);
		return 0;
	}
	return is_over ? open_stream(s) : 0;
}

void tls_stream_shake(struct tls_stream *s)
{
	struct err e;
	s->state = TLS_STREAM_SHAKING;
	s->shaking_ms = loop_now_ms(s->w.loop);
	s->is_reported = s->has_read = 0;
	if (prepare(s, &e) < 0) {
		ERR_clear_error();
		err_set(&s->err, e.kind, e.code, "%s: %s", s->host, e.text);
		tls_stream_end(s);
		return;
	}
	s->watch = loop_watch(s->w.loop, s->fd, LOOP_READ, tls_stream_on_socket, s);
	tls_stream_moved(s);
	shake_on(s);
}

/* --- an open stream --- */

/* Passes received bytes on. Returns 1 if a callback has freed the stream. */
static int read_on(struct tls_stream *s)
{
	char plain[CHUNK];
	int gone = 0;
	while (s->state == TLS_STREAM_OPEN) {
		ERR_clear_error();
		int n = SSL_read(s->ssl, plain, sizeof plain), why = SSL_get_error(s->ssl, n);
		if (n > 0) {
			s->gone = &gone;
			s->on.received(s->arg, plain, (size_t)n);
			if (gone)
				break;
			s->gone = NULL;
			continue;
		}
		if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
			break;
		if (why == SSL_ERROR_ZERO_RETURN)
			s->err = (struct err){ .kind = ERR_NONE };
		else
			tls_stream_explain(s, ERR_peek_last_error(), 0);
		tls_stream_end(s);
	}
	explicit_bzero(plain, sizeof plain);
	ERR_clear_error();
	return gone;
}

/* Returns 1 if a callback has freed the stream. */
static int process(struct tls_stream *s)
{
	if (s->state == TLS_STREAM_SHAKING && shake_on(s))
		return 1;
	if (s->state == TLS_STREAM_OPEN && read_on(s))
		return 1;
	if (s->state == TLS_STREAM_OPEN && tls_stream_flush(s) < 0)
		tls_stream_end(s);
	return 0;
}

/* To be called when the connection is broken; s->err says why. */
static void connection_ended(struct tls_stream *s)
{
	if (s->state == TLS_STREAM_SHAKING)
		tls_stream_fail(s);
	else
		tls_stream_end(s);
}

static int is_connected(const struct tls_stream *s)
{
	return s->state == TLS_STREAM_SHAKING || s->state == TLS_STREAM_OPEN;
}

void tls_stream_on_socket(void *arg, unsigned ready)
{
	struct tls_stream *s = arg;
	char chunk[CHUNK];
	if (ready & LOOP_WRITE && tls_stream_flush(s) < 0) {
		connection_ended(s);
		return;
	}
	for (int i = 0; i < CHUNKS_A_TURN && is_connected(s); i++) {
		ssize_t n = recv(s->fd, chunk, sizeof chunk, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			tls_stream_explain(s, 0, n < 0 ? errno : 0);
			connection_ended(s);
			return;
		}
		s->has_read = 1;
		if (BIO_write(s->in, chunk, (int)n) != (int)n) {
			err_set(&s->err, ERR_FULL, 0, "%s: no memory for what came", s->host);
			tls_stream_end(s);
			return;
		}
		if (s->state == TLS_STREAM_SHAKING)
			tls_stream_moved(s);
		if (process(s))
			return;
	}
}
