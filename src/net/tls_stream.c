/* SPDX-License-Identifier: MIT */
#include "tls_stream_internal.h"

#include "base/mem.h"
#include "net/route.h"
#include "precheck.h"

#include <errno.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	CONNECT_MS = 10000,
	STALL_MS = 30000,
	OUT_MAX = 64 << 10,
	ENCRYPTION_MAX = 64 << 10, /* overhead of TLS: handshake and record headers */
	ACKNOWLEDGED_CHECK_MS = 100,
	HANDSHAKE_MAX = 3, /* times connect_ms */
};

/* --- the end --- */

void tls_stream_end(struct tls_stream *s)
{
	tls_stream_disconnect(s);
	if (s->query)
		dns_cancel(s->query);
	s->query = NULL;
	s->state = TLS_STREAM_ENDED;
	loop_timer_in(s->timer, 0);
}

void tls_stream_free(struct tls_stream *s)
{
	if (!s)
		return;
	if (s->gone)
		*s->gone = 1;
	if (s->state == TLS_STREAM_OPEN && SSL_shutdown(s->ssl) >= 0)
		tls_stream_flush(s);
	ERR_clear_error();
	if (s->query)
		dns_cancel(s->query);
	tls_stream_disconnect(s);
	loop_timer_free(s->timer);
	buf_done(&s->out);
	free(s);
}

int tls_stream_report(struct tls_stream *s, const struct verdict *v)
{
	int gone = 0, is_connected = s->state != TLS_STREAM_BEGINNING;
	char address[DNS_ADDRESS_TEXT] = "";
	if (is_connected)
		dns_address_text(&s->found.addresses[s->at], address, sizeof address);
	const struct verdict_context c = { .service = s->service,
					   .host = s->host,
					   .address = is_connected ? address : NULL,
					   .port = s->request.port,
					   .enforced = s->request.verify == TLS_STREAM_VERIFY_ON,
					   .chain = s->session ? verify_session_chain(s->session) : NULL };
	s->gone = &gone;
	s->w.on_verdict(s->w.arg, v, &c);
	if (!gone)
		s->gone = NULL;
	return gone;
}

/* --- deadlines --- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Returns the time at which the stream is too late unless something moves, and fills s->err for that case. */
static int64_t deadline(struct tls_stream *s)
{
	char who[sizeof s->err.text / 2];
	int64_t end = INT64_MAX, silent, all;
	tls_stream_who(s, who, sizeof who);
	switch (s->state) {
	case TLS_STREAM_CONNECTING:
		end = s->moved_ms + s->connect_ms;
		err_set(&s->err, ERR_TIMEOUT, 0, "%s: no connection within %d ms", who, s->connect_ms);
		break;
	case TLS_STREAM_SHAKING:
		silent = s->moved_ms + s->connect_ms;
		all = s->shaking_ms + (int64_t)HANDSHAKE_MAX * s->connect_ms;
		end = sooner(silent, all);
		err_set(&s->err, ERR_TIMEOUT, 0,
			s->has_read
				? "%s: the TLS handshake began, but was not complete within %d ms: packet "
				  "size? (large packets may be lost on the way: MTU)"
				: "%s: connected, but no answer to our hello within %d ms: packet size? "
				  "(large packets may be lost on the way: MTU; or the server is stuck)",
			who, silent < all ? s->connect_ms : HANDSHAKE_MAX * s->connect_ms);
		break;
	case TLS_STREAM_OPEN:
		if (s->acknowledged == s->written)
			break;
		end = s->moved_ms + s->stall_ms;
		err_set(&s->err, ERR_TIMEOUT, 0,
			"%s: stalled, not a byte was taken for %d ms: packet size (MTU), or the server does "
			"not read",
			who, s->stall_ms);
		break;
	case TLS_STREAM_BEGINNING:
	case TLS_STREAM_RESOLVING: /* DNS has a limit of its own */
	case TLS_STREAM_ENDED: break;
	}
	if (s->request.total_ms && s->opened_ms + s->request.total_ms <= end) {
		end = s->opened_ms + s->request.total_ms;
		err_set(&s->err, ERR_TIMEOUT, 0, "%s: not done within %d ms", who, s->request.total_ms);
	}
	return end;
}

static void arm(struct tls_stream *s)
{
	int64_t end = deadline(s), left = end - loop_now_ms(s->w.loop);
	if (s->state == TLS_STREAM_OPEN && s->acknowledged != s->written)
		left = sooner(left, ACKNOWLEDGED_CHECK_MS);
	if (end == INT64_MAX)
		loop_timer_stop(s->timer);
	else
		loop_timer_in(s->timer, left > 0 ? left : 0);
}

void tls_stream_moved(struct tls_stream *s)
{
	s->moved_ms = loop_now_ms(s->w.loop);
	arm(s);
}

/* --- acknowledged bytes --- */

uint64_t tls_stream_acknowledged(struct tls_stream *s)
{
	int unsent = 0;
	if (s->fd < 0 || !s->n_marks || ioctl(s->fd, SIOCOUTQ, &unsent) < 0)
		return s->acknowledged;
	uint64_t taken = s->sent - (uint64_t)unsent;
	for (; s->n_marks && s->marks[s->first_mark].encrypted <= taken; s->n_marks--) {
		s->acknowledged = s->marks[s->first_mark].written;
		s->first_mark = (s->first_mark + 1) % TLS_STREAM_MARKS;
	}
	if (taken != s->taken)
		s->moved_ms = loop_now_ms(s->w.loop);
	s->taken = taken;
	return s->acknowledged;
}

/* Calls `progressed`. Returns 1 if that has freed the stream. */
static int tell_progress(struct tls_stream *s)
{
	uint64_t before = s->acknowledged;
	int gone = 0;
	if (tls_stream_acknowledged(s) == before || !s->on.progressed)
		return 0;
	s->gone = &gone;
	s->on.progressed(s->arg);
	if (!gone)
		s->gone = NULL;
	return gone;
}

/* --- the beginning --- */

static void begin(struct tls_stream *s)
{
	struct precheck_refusal refusal;
	int is_learned = s->request.date_rule == TLS_STREAM_DATE_FROM_THIS_SERVER;
	const struct precheck check = { .host = s->host,
					.is_address = s->is_address,
					.date_rule =
						is_learned ? PRECHECK_DATE_LEARNED : PRECHECK_DATE_NEEDED,
					.date = s->w.date,
					.now_ms = loop_now_ms(s->w.loop),
					.anchors = s->w.anchors,
					.allowed = &s->request.policy.allowed };
	if (s->request.verify == TLS_STREAM_VERIFY_OFF || precheck(&check, &refusal) == 0) {
		tls_stream_resolve(s);
		return;
	}
	struct verdict v;
	verdict_unable(&v, refusal.why, refusal.hint);
	s->err = refusal.err;
	if (!tls_stream_report(s, &v))
		tls_stream_end(s);
}

static void on_timer(void *arg)
{
	struct tls_stream *s = arg;
	if (s->state == TLS_STREAM_BEGINNING) {
		begin(s);
		return;
	}
	if (s->state == TLS_STREAM_ENDED) {
		const struct err e = s->err;
		s->on.ended(s->arg, &e);
		return;
	}
	if (s->state == TLS_STREAM_OPEN && tell_progress(s))
		return;
	if (s->state == TLS_STREAM_ENDED)
		return; /* the timer has been armed again to report the end */
	if (loop_now_ms(s->w.loop) < deadline(s))
		arm(s);
	else if (s->state == TLS_STREAM_CONNECTING)
		tls_stream_address_failed(s);
	else
		tls_stream_fail(s);
}

struct tls_stream *tls_stream_open(const struct tls_stream_world *w, const struct tls_stream_request *r,
				   const struct tls_stream_events *on, void *arg)
{
	struct tls_stream *s = mem_new(sizeof *s);
	struct dns_address literal;
	*s = (struct tls_stream){ .w = *w, .on = *on, .arg = arg, .request = *r, .fd = -1 };
	snprintf(s->service, sizeof s->service, "%s", r->service);
	snprintf(s->host, sizeof s->host, "%s", r->host);
	snprintf(s->alpn, sizeof s->alpn, "%s", r->alpn ? r->alpn : "");
	s->is_address = dns_is_address(s->host, &literal);
	s->out_max = r->out_max ? r->out_max : OUT_MAX;
	s->connect_ms = r->connect_ms ? r->connect_ms : CONNECT_MS;
	s->stall_ms = r->stall_ms ? r->stall_ms : STALL_MS;
	s->opened_ms = s->moved_ms = loop_now_ms(w->loop);
	buf_init(&s->out, s->out_max + s->out_max / 8 + ENCRYPTION_MAX);
	s->timer = loop_timer_new(w->loop, on_timer, s);
	loop_timer_in(s->timer, 0);
	return s;
}

void tls_stream_end_if_lost(struct tls_stream *s)
{
	if (s->fd < 0 || s->state == TLS_STREAM_ENDED || !route_is_lost(s->fd, s->gateway))
		return;
	err_set(&s->err, ERR_NET, ENETDOWN,
		"%s port %d: the connection was given up: this device has lost the network address or the "
		"route that it went through",
		s->host, s->request.port);
	tls_stream_end(s);
}

/* --- an open stream --- */

/* Returns 1 if the trust epoch has not ended since the server was verified. */
static int is_current(struct tls_stream *s)
{
	int64_t now, until = s->session ? verify_session_valid_until(s->session) : 0;
	if (s->generation != anchors_generation(s->w.anchors))
		return 0;
	return !until || date_now(s->w.date, loop_now_ms(s->w.loop), &now, NULL) != 0 || now <= until;
}

int tls_stream_write(struct tls_stream *s, const void *data, size_t len)
{
	if (s->state != TLS_STREAM_OPEN || !len)
		return -1;
	if (!is_current(s)) {
		err_set(&s->err, ERR_CONFIG, 0,
			"%s port %d: what certificates are verified with has changed: a new connection is "
			"needed",
			s->host, s->request.port);
		tls_stream_end(s);
		return -1;
	}
	if (s->n_marks == TLS_STREAM_MARKS || s->written - s->acknowledged + len > s->out_max)
		return -1;
	if (SSL_write(s->ssl, data, (int)len) != (int)len) {
		tls_stream_explain(s, ERR_peek_last_error(), 0);
		ERR_clear_error();
		tls_stream_end(s);
		return -1;
	}
	if (s->acknowledged == s->written)
		s->moved_ms = loop_now_ms(s->w.loop);
	s->written += len;
	if (tls_stream_flush(s) < 0) {
		tls_stream_end(s);
		return 0; /* they count as accepted, and are never acknowledged */
	}
	s->marks[(s->first_mark + s->n_marks++) % TLS_STREAM_MARKS] =
		(struct tls_stream_mark){ s->written, s->made };
	arm(s);
	return 0;
}

const struct dns_address *tls_stream_address(const struct tls_stream *s)
{
	return &s->found.addresses[s->at];
}

int tls_stream_client_certificate_requested(const struct tls_stream *s)
{
	return s->asks_client || (s->session && verify_session_client_certificate_requested(s->session));
}

int tls_stream_client_certificate_missing(const struct tls_stream *s)
{
	return s->lacks_client || (s->session && verify_session_client_certificate_missing(s->session));
}

const struct verify_chain *tls_stream_chain(const struct tls_stream *s)
{
	return verify_session_chain(s->session);
}

int tls_stream_export(struct tls_stream *s, const struct tls_stream_export *x, void *ret, size_t len)
{
	int good = s->state == TLS_STREAM_OPEN &&
		   SSL_export_keying_material(s->ssl, ret, len, x->label, strlen(x->label), x->context,
					      x->context_len, 1) == 1;
	ERR_clear_error();
	return good ? 0 : -1;
}
