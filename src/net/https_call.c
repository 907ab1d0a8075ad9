/* SPDX-License-Identifier: MIT */
/* https_call: one post or probe, from its check to its end.
 *
 *   IDLE --post--> the check before a call
 *                    |-- it refuses ---------------------------------> REFUSED --a turn later--> IDLE
 *                    |-- no connection is open, and the endpoint's addresses have expired:
 *                    |      the DNS cache has the host's addresses --> CONNECTING
 *                    |      it does not ----------------------------> RESOLVING
 *                    `-- else ---------------------------------------> TRYING
 *
 * RESOLVING --addresses--> CONNECTING --handshake, the verdict is good--> SENT --answer--> IDLE
 *
 *   TRYING |-- the kept connection lives --------------------> SENT_ON_KEPT --answer--> IDLE
 *          |-- it does not: libcurl makes another -----------> SENT
 *          `-- it would, but has no fresh address -----------> ADDRESSLESS --libcurl stopped--> RESOLVING or
 *                                                                         CONNECTING, as from IDLE
 *
 *   SENT_ON_KEPT |-- libcurl itself sends again, on a new connection --> SENT, or ADDRESSLESS
 *                `-- closed before a byte of the answer ---------------> as from IDLE, with none open
 *
 *   A probe ends after the handshake: CONNECTING --> IDLE; if it also asks whether the server accepts the
 *   client's certificate, CONNECTING --> LISTENING --accepted, refused, or some time is over--> IDLE
 *
 * From each state but IDLE and REFUSED, a call that fails, takes too long or is cancelled also goes to IDLE.
 * A post is sent at most two times, the second time on a new connection. */
#include "https_internal.h"
#include "base/mem.h"
#include "https_listen.h"
#include "https_reason.h"

#include <errno.h>
#include <string.h>

/* From this many bytes of body on, libcurl sends "Expect: 100-continue" and waits for the answer to it before
 * it sends the body. An "Expect:" header without a value in the list of headers prevents that. */
enum { EXPECT_FROM = 1 << 20 };

static void report_verdict(struct https_endpoint *p, const struct verdict *v)
{
	const struct https_options *o = &p->https->o;
	char *address = NULL;
	curl_easy_getinfo(p->easy, CURLINFO_PRIMARY_IP, &address);
	const struct verdict_context c = {
		.service = p->service,
		.host = p->url.host,
		.port = p->url.port,
		.enforced = p->enforce,
		.chain = https_transfer_chain(&p->transfer),
		.address = p->call.state == HTTPS_REFUSED || !address || !*address ? NULL : address,
	};
	o->on_verdict(o->arg, v, &c);
}

static void explain(struct https_endpoint *p, CURLcode result, struct err *e)
{
	if (p->call.err.kind != ERR_NONE) {
		*e = p->call.err;
		return;
	}
	const struct verdict *v = https_transfer_verdict(&p->transfer);
	char address[160];
	struct https_failure f = {
		.result = result,
		.late = p->call.late,
		.detail = p->detail,
		.host = p->url.host,
		.port = p->url.port,
		.address = address,
		.connect_ms = p->connect_ms,
		.answer = &p->answer,
		.handshake_begun = https_transfer_handshake_begun(&p->transfer),
		.tls_error = https_transfer_tls_error(&p->transfer),
		.refusal = p->enforce && v && v->code != 0 ? v : NULL,
		.client_certificate_missing = https_transfer_client_certificate_missing(&p->transfer),
	};
	https_addresses_text(p, address, sizeof address);
	curl_easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &f.os_errno);
	if (!f.os_errno)
		f.os_errno = p->pool.sockets.open_errno;
	https_reason(&f, e);
}

/* Closes the connection of a probe, since no request is sent on it. */
static void end_probe(struct https_endpoint *p)
{
	curl_easy_setopt(p->easy, CURLOPT_CONNECT_ONLY, 0L);
	https_pool_close(&p->pool);
}

/* Returns 1 if the server has answered. An answer whose headers exceed the limit counts as an answer, so that
 * the post is not sent again. */
static int has_answered(const struct https_endpoint *p, CURLcode result)
{
	const struct https_answer *a = &p->answer;
	return a->has_all_headers || (a->status >= 200 && (a->fault == HTTPS_ANSWER_HEADERS_TOO_LONG ||
							   result == CURLE_OUT_OF_MEMORY));
}

/* Returns 1 if the server has several addresses, and the one in use answers with an error of its own: the
 * others may belong to servers that are well. */
static int is_sick(const struct https_endpoint *p)
{
	return p->answer.status >= 500 && https_addresses_has_several(p);
}

/* Fills the reply with the result of the transfer. Once all headers of an answer have arrived its status
 * counts, even if the body does not arrive. */
static void read_result(struct https_endpoint *p, CURLcode result, struct https_reply *r)
{
	int64_t now_unix = 0;
	long connects = 0;
	int answered = has_answered(p, result);
	struct err *e = answered ? &r->body_err : &r->err;
	if (result != CURLE_OK || p->call.err.kind != ERR_NONE || p->call.late.what != HTTPS_NOT_LATE)
		explain(p, result, e);
	r->verify_code = https_transfer_code(&p->transfer);
	r->verdict = https_transfer_verdict(&p->transfer);
	r->chain = https_transfer_chain(&p->transfer);
	r->client_certificate_missing = https_transfer_client_certificate_missing(&p->transfer);
	r->client_certificate_requested = https_transfer_client_certificate_requested(&p->transfer);
	if (r->err.kind == ERR_NONE && !p->call.is_probe && !answered)
		err_set(&r->err, ERR_PROTOCOL, 0, "%s port %d: no HTTP answer", p->url.host, p->url.port);
	if (r->err.kind != ERR_NONE) {
		r->has_other_address = https_addresses_failed(p);
		return;
	}
	https_addresses_worked(p);
	curl_easy_getinfo(p->easy, CURLINFO_NUM_CONNECTS, &connects);
	r->reused = connects == 0;
	if (p->call.is_probe)
		return;
	r->status = p->answer.status;
	if (is_sick(p)) {
		https_addresses_failed(p);
		https_pool_close(&p->pool);
	}
	if (p->answer.retry_after[0]) {
		date_now(p->https->o.date, loop_now_ms(p->https->o.loop), &now_unix, NULL);
		r->retry_after_s = https_answer_retry_s(&p->answer, now_unix);
	}
}

/* Ends the call and passes its reply to the owner; every call that is not cancelled ends here. The endpoint
 * must not be accessed after done, in which its owner may have freed it or begun the next call. */
static void finish(struct https_endpoint *p, CURLcode result)
{
	struct https_call c = p->call;
	char content_type[sizeof p->answer.content_type];
	struct https_reply r = { .retry_after_s = -1,
				 .verify_code = -1,
				 .content_type = content_type,
				 .elapsed_ms = loop_now_ms(p->https->o.loop) - c.started_ms };

	if (c.state == HTTPS_REFUSED || c.state == HTTPS_RESOLVING)
		r.err = c.err;
	else
		read_result(p, result, &r);
	if (c.listens)
		r.status = c.status;
	memcpy(content_type, p->answer.content_type, sizeof content_type);
	struct buf body = p->answer.body;
	buf_init(&p->answer.body, body.max);
	if (r.err.kind != ERR_NONE || r.body_err.kind != ERR_NONE)
		buf_reset(&body);
	r.body = buf_str(&body);
	r.len = body.len;

	https_transfer_stop(&p->transfer);
	if (c.is_probe)
		end_probe(p);
	else if (r.err.kind != ERR_NONE)
		https_pool_close(&p->pool); /* the next call looks up the addresses again */
	p->call.state = HTTPS_IDLE;
	p->call.number++;
	c.done(c.arg, &r);
	buf_done(&body);
}

static void start(struct https_endpoint *p, enum https_state state)
{
	struct https *h = p->https;
	https_transfer_detach_sessions(&p->transfer, &h->old_sessions);
	if (h->old_sessions)
		loop_timer_in(h->cleanup, 0);
	p->call.state = state;
	p->detail[0] = '\0';
	https_deadline_connecting(p);
	https_transfer_start(&p->transfer);
}

static void connect_to(struct https_endpoint *p, const struct dns_answer *a)
{
	https_addresses_use(p, a);
	p->pool.addresses_until_ms = loop_now_ms(p->https->o.loop) + (int64_t)a->ttl_s * 1000;
	start(p, HTTPS_CONNECTING);
}

static void on_resolved(void *arg, const struct dns_answer *a, const struct err *e)
{
	struct https_endpoint *p = arg;
	p->call.query = NULL;
	if (!a) {
		p->call.err = *e;
		finish(p, CURLE_OK);
		return;
	}
	https_precheck_close_outdated_connections(p);
	connect_to(p, a);
}

static void resolve(struct https_endpoint *p)
{
	struct dns *dns = p->https->o.dns;
	struct dns_answer a;
	if (dns_cached(dns, p->url.host, &a) == 0) {
		connect_to(p, &a);
		return;
	}
	p->call.state = HTTPS_RESOLVING;
	p->call.query = dns_resolve(dns, p->url.host, on_resolved, p);
}

/* Begins the call: makes a connection, or uses the kept one. A new connection is made only to addresses whose
 * time to live in DNS has not expired. As long as a connection is open no addresses are needed. If libcurl
 * then finds it closed and the addresses have expired, libcurl calls https_precheck_on_address_wanted.
 * Connections of an old trust epoch (net/https.h) are closed first. */
static void begin(struct https_endpoint *p)
{
	struct https_pool *pool = &p->pool;
	https_precheck_close_outdated_connections(p);
	if (https_connection_has_input(&pool->sockets))
		https_pool_close(pool);
	int fresh = p->url.is_address || pool->addresses_until_ms > loop_now_ms(pool->loop);
	if (!fresh && !https_pool_is_open(pool)) {
		resolve(p);
		return;
	}
	if (!fresh && pool->addresses_until_ms != 0) {
		https_addresses_forget(p);
		pool->addresses_until_ms = 0;
	}
	start(p, HTTPS_TRYING);
}

static int begin_call(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply),
		      void *arg, int is_probe)
{
	struct https_call *c = &p->call;
	*c = (struct https_call){ .number = c->number + 1,
				  .is_probe = is_probe,
				  .done = done,
				  .arg = arg,
				  .started_ms = loop_now_ms(p->https->o.loop) };
	https_answer_reset(&p->answer);
	if (!https_precheck_allows(p)) {
		c->state = HTTPS_REFUSED;
		loop_timer_in(p->timer, 0);
		return 0;
	}
	https_deadline_begin(p);
	begin(p);
	return 0;
}

/* Returns the list of a post's headers for libcurl: those of this post, followed by those of the endpoint. */
static struct curl_slist *header_list(struct https_endpoint *p, const char *const *extra, size_t n,
				      size_t body)
{
	/* has no value, so that libcurl does not send this header */
	static const char no_expect[] = "Expect:";
	struct curl_slist *list = p->headers;
	size_t lines = n + (body >= EXPECT_FROM), size = 0;
	for (size_t i = 0; i < lines; i++)
		size += strlen(i < n ? extra[i] : no_expect) + 1;
	char *text = p->extra_text = mem_resize(p->extra_text, size);
	for (size_t i = lines; i-- > 0; list = &p->extra[i]) {
		p->extra[i] = (struct curl_slist){ text, list };
		text = stpcpy(text, i < n ? extra[i] : no_expect) + 1;
	}
	return list;
}

int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra_headers,
	       size_t n_extra, void (*done)(void *arg, const struct https_reply *reply), void *arg,
	       struct err *e)
{
	if (p->call.state != HTTPS_IDLE)
		return err_set(e, ERR_FULL, 0, "%s: a post is under way: expected one at a time", p->service);
	if (n_extra > HTTPS_HEADERS_MAX)
		return err_set(e, ERR_INPUT, 0, "%zu extra headers: expected at most %d", n_extra,
			       HTTPS_HEADERS_MAX);
	for (size_t i = 0; i < n_extra; i++)
		if (https_setup_check_header(extra_headers[i], e) != 0)
			return -1;
	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, header_list(p, extra_headers, n_extra, len));
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, len > 0 ? body : "");
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	p->post_len = len;
	return begin_call(p, done, arg, 0);
}

int https_probe(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply), void *arg,
		struct err *e)
{
	if (p->call.state != HTTPS_IDLE)
		return err_set(e, ERR_FULL, 0, "%s: a post is under way: expected one at a time", p->service);
	https_pool_close(&p->pool);
	curl_easy_setopt(p->easy, CURLOPT_CONNECT_ONLY, 1L);
	return begin_call(p, done, arg, 1);
}

int https_probe_client(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply),
		       void *arg, struct err *e)
{
	int r = https_probe(p, done, arg, e);
	p->call.listens = r == 0;
	return r;
}

void https_cancel(struct https_endpoint *p)
{
	struct https_call *c = &p->call;
	if (c->state == HTTPS_RESOLVING)
		dns_cancel(c->query);
	https_transfer_stop(&p->transfer);
	if (c->state != HTTPS_IDLE && c->is_probe)
		end_probe(p);
	c->state = HTTPS_IDLE;
	c->number++;
}

void https_abandon(struct https_endpoint *p)
{
	if (https_transfer_is_under_way(&p->transfer)) {
		https_addresses_failed(p);
		https_cancel(p);
		https_pool_close(&p->pool);
	} else {
		https_cancel(p);
	}
}

/* Returns 1 if the post failed because the server had closed the kept connection before it received the post.
 * In this case libcurl itself makes a new connection and sends the post again, at most five times for each
 * transfer. A fault of libcurl 7.88 is that it does not reset that count for the next transfer of the same
 * handle. So every sixth such post fails, and is sent again by this file. */
static int was_stale(const struct https_endpoint *p, CURLcode result)
{
	return p->call.state == HTTPS_SENT_ON_KEPT && p->call.err.kind == ERR_NONE &&
	       p->answer.header_bytes == 0 &&
	       (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING);
}

/* --- what the transfer and the timer report --- */

void https_call_on_transfer(void *arg)
{
	struct https_endpoint *p = arg;
	uint64_t number = p->call.number;
	const struct verdict *v;
	while ((v = https_transfer_news(&p->transfer))) {
		report_verdict(p, v);
		if (p->call.number != number)
			return;
		if (!p->call.is_probe && https_transfer_code(&p->transfer) == 0)
			https_transfer_free_verdict(&p->transfer);
	}
	if (!p->transfer.finished)
		return;
	CURLcode result = p->transfer.result;
	if (result != CURLE_OK && p->call.state == HTTPS_ADDRESSLESS) {
		https_transfer_stop(&p->transfer);
		resolve(p);
	} else if (was_stale(p, result)) {
		https_transfer_stop(&p->transfer);
		https_pool_close(&p->pool);
		begin(p);
	} else if (result == CURLE_OK && p->call.listens &&
		   https_transfer_client_certificate_requested(&p->transfer)) {
		https_listen_begin(p);
		loop_timer_in(p->timer, 0);
	} else {
		finish(p, result);
	}
}

static void give_up(struct https_endpoint *p, const struct https_late *late)
{
	p->call.late = *late;
	if (p->call.state == HTTPS_RESOLVING) {
		dns_cancel(p->call.query);
		err_set(&p->call.err, ERR_TIMEOUT, 0, "%s: no address within %d ms", p->url.host, late->ms);
	}
	p->call.query = NULL;
	finish(p, CURLE_OK);
}

void https_call_lose(struct https_endpoint *p)
{
	p->call.is_lost = 1;
	loop_timer_in(p->timer, 0);
}

void https_call_on_timer(void *arg)
{
	struct https_endpoint *p = arg;
	if (p->call.state == HTTPS_IDLE)
		return;
	if (p->call.is_lost) {
		err_set(&p->call.err, ERR_NET, ENETDOWN,
			"%s port %d: the connection was given up: this device has lost the network address "
			"or the route that it went through",
			p->url.host, p->url.port);
		finish(p, CURLE_OK);
		return;
	}
	struct https_late late;
	if (p->call.state == HTTPS_LISTENING) {
		CURLcode result;
		if (https_listen_is_over(p, &result))
			finish(p, result);
		else
			loop_timer_in(p->timer, HTTPS_LISTEN_EVERY_MS);
		return;
	}
	if (p->call.state != HTTPS_REFUSED) {
		if (https_deadline_passed(p, &late))
			give_up(p, &late);
		return;
	}
	uint64_t number = p->call.number;
	struct verdict v;
	verdict_unable(&v, p->call.why_not, p->call.hint);
	report_verdict(p, &v);
	if (p->call.number == number)
		finish(p, CURLE_OK);
}
