/* SPDX-License-Identifier: MIT */
/* https_call: one post or probe: may it start, is there an address, what came of it. */
#include "https_internal.h"
#include "https_reason.h"

#include <string.h>

enum { EXPECT_FROM = 1 << 20 };

static void judged(struct https_endpoint *p, const struct verdict *v)
{
	const struct https_way *w = p->way;
	char *address = NULL;
	curl_easy_getinfo(p->easy, CURLINFO_PRIMARY_IP, &address);
	const struct verdict_context c = {
		.service = w->service,
		.host = w->url.host,
		.port = w->url.port,
		.enforced = w->enforce,
		.address = p->call.state == CALL_REFUSED || !address || !*address ? NULL : address,
	};
	w->https->o.judged(w->https->o.arg, v, &c);
}

static void explain(struct https_endpoint *p, CURLcode result, struct err *e)
{
	if (p->call.err.kind != ERR_NONE) {
		*e = p->call.err;
		return;
	}
	const struct https_way *w = p->way;
	const struct verdict *v = https_transfer_verdict(&p->transfer);
	struct https_failure f = {
		.result = result,
		.detail = p->detail,
		.host = w->url.host,
		.port = w->url.port,
		.address = "",
		.connect_ms = p->connect_ms,
		.answer = &p->answer,
		.shook_hands = https_transfer_shook_hands(&p->transfer),
		.refusal = w->enforce && v && v->code != 0 ? v : NULL,
		.certificate_asked = https_transfer_certificate_asked(&p->transfer),
	};
	char *address = NULL;
	curl_easy_getinfo(p->easy, CURLINFO_PRIMARY_IP, &address);
	f.address = address && *address ? address : w->addresses;
	curl_easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &f.os_errno);
	https_reason(&f, e);
}

/* Nothing is sent on the connection of a probe. */
static void end_probe(struct https_endpoint *p)
{
	curl_easy_setopt(p->easy, CURLOPT_CONNECT_ONLY, 0L);
	https_way_renew(p->way);
}

/* The end of every call that is not cancelled. Nothing of the peer is touched after done: its owner may have
 * freed it, or begun the next call. */
static void finish(struct https_endpoint *p, CURLcode result)
{
	struct https *h = p->way->https;
	struct https_call c = p->call;
	int64_t now_ms = loop_now_ms(h->o.loop), now_unix = 0;
	char content_type[sizeof p->answer.content_type];
	long status = 0, connects = 0;
	struct https_reply r = { .retry_after_s = -1,
				 .verify_code = -1,
				 .content_type = content_type,
				 .elapsed_ms = now_ms - c.started_ms };

	if (c.state != CALL_RUNNING) {
		r.err = c.err;
	} else {
		if (result != CURLE_OK || c.err.kind != ERR_NONE)
			explain(p, result, &r.err);
		r.verify_code = https_transfer_code(&p->transfer);
		r.verdict = https_transfer_verdict(&p->transfer);
		r.chain = https_transfer_chain(&p->transfer);
		r.certificate_asked = https_transfer_certificate_asked(&p->transfer);
		curl_easy_getinfo(p->easy, CURLINFO_NUM_CONNECTS, &connects);
		r.reused = connects == 0 && r.err.kind == ERR_NONE;
	}
	if (r.err.kind == ERR_NONE && !c.probe) {
		curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
		r.status = (int)status;
		if (p->answer.retry_after[0]) {
			date_now(h->o.date, now_ms, &now_unix, NULL);
			r.retry_after_s = https_answer_retry_s(&p->answer, now_unix);
		}
	}
	memcpy(content_type, p->answer.content_type, sizeof content_type);
	struct buf body = p->answer.body;
	buf_init(&p->answer.body, body.max);
	r.body = buf_str(&body);
	r.len = body.len;

	https_transfer_stop(&p->transfer);
	https_way_connected(p);
	if (c.probe)
		end_probe(p);
	p->call.state = CALL_NONE;
	p->call.number++;
	c.done(c.arg, &r);
	buf_done(&body);
}

static void start(struct https_endpoint *p)
{
	struct https *h = p->way->https;
	https_transfer_part(&p->transfer, &h->loose);
	if (h->loose)
		loop_timer_in(h->undertaker, 0);
	p->call.state = CALL_RUNNING;
	p->call.wants_address = 0;
	p->detail[0] = '\0';
	https_transfer_start(&p->transfer, https_way_lane(p->way));
}

static void load(struct https_endpoint *p, const struct dns_answer *a)
{
	https_setup_addresses(p, a);
	p->call.looked_up = 1;
	https_way_lane(p->way)->addresses_until_ms =
		loop_now_ms(p->way->https->o.loop) + (int64_t)a->ttl_s * 1000;
}

static void resolved(void *arg, const struct dns_answer *a, const struct err *e)
{
	struct https_endpoint *p = arg;
	p->call.query = NULL;
	if (!a) {
		p->call.err = *e;
		finish(p, CURLE_OK);
		return;
	}
	https_gate_leave_old_epoch(p->way);
	load(p, a);
	start(p);
}

static void look_up(struct https_endpoint *p)
{
	struct dns *dns = p->way->https->o.dns;
	struct dns_answer a;
	if (dns_cached(dns, p->way->url.host, &a) == 0) {
		load(p, &a);
		start(p);
		return;
	}
	p->call.state = CALL_RESOLVING;
	p->call.query = dns_resolve(dns, p->way->url.host, resolved, p);
}

/* Each new connection goes to addresses that are fresh. As long as one is open none are needed; should
 * libcurl then find it dead, it asks (https_gate_wants_address). */
static void begin(struct https_endpoint *p)
{
	https_gate_leave_old_epoch(p->way);
	struct https_lane *lane = https_way_lane(p->way);
	/* Where one connection was stale, others that rest may be, too. */
	curl_easy_setopt(p->easy, CURLOPT_FRESH_CONNECT, (long)p->call.began_anew);
	int fresh = p->way->url.is_address || lane->addresses_until_ms > loop_now_ms(lane->loop);
	if (!fresh && !https_lane_is_open(lane)) {
		look_up(p);
		return;
	}
	if (!fresh && lane->addresses_until_ms != 0) {
		https_setup_addresses(p, NULL);
		lane->addresses_until_ms = 0;
	}
	start(p);
}

static int begin_call(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply),
		      void *arg, int probe)
{
	struct https_call *c = &p->call;
	struct loop *l = p->way->https->o.loop;
	*c = (struct https_call){ .number = c->number + 1,
				  .probe = probe,
				  .done = done,
				  .arg = arg,
				  .started_ms = loop_now_ms(l) };
	https_way_connects(p);
	https_answer_reset(&p->answer);
	if (!https_gate_allows(p)) {
		c->state = CALL_REFUSED;
		loop_timer_in(p->timer, 0);
		return 0;
	}
	/* Armed once and left running from post to post: it looks at the call that it finds. */
	int64_t first = p->stall_ms < p->total_ms ? p->stall_ms : p->total_ms;
	int64_t left = loop_timer_left(p->timer);
	if (left < 0 || left > first)
		loop_timer_in(p->timer, first);
	begin(p);
	return 0;
}

/* The post's own headers before the peer's. libcurl only reads the list, though its type does not say so. */
static struct curl_slist *header_list(struct https_endpoint *p, const char *const *extra, size_t n,
				      size_t body)
{
	static const char no_expect[] = "Expect:"; /* with a big body libcurl would wait for 100 Continue */
	struct curl_slist *list = p->way->headers;
	union {
		const char *given;
		char *data;
	} line;
	for (size_t i = n + (body >= EXPECT_FROM); i-- > 0; list = &p->extra[i]) {
		line.given = i < n ? extra[i] : no_expect;
		p->extra[i] = (struct curl_slist){ line.data, list };
	}
	return list;
}

int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra_headers,
	       size_t n_extra, void (*done)(void *arg, const struct https_reply *reply), void *arg,
	       struct err *e)
{
	if (p->call.state != CALL_NONE)
		return err_set(e, ERR_FULL, 0, "%s: a post is under way: expected one at a time",
			       p->way->service);
	if (n_extra > HTTPS_HEADERS_MAX)
		return err_set(e, ERR_INPUT, 0, "%zu extra headers: expected at most %d", n_extra,
			       HTTPS_HEADERS_MAX);
	for (size_t i = 0; i < n_extra; i++)
		if (https_setup_check_header(extra_headers[i], e) != 0)
			return -1;
	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, header_list(p, extra_headers, n_extra, len));
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, len > 0 ? body : "");
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	return begin_call(p, done, arg, 0);
}

int https_probe(struct https_endpoint *p, void (*done)(void *arg, const struct https_reply *reply), void *arg,
		struct err *e)
{
	if (p->call.state != CALL_NONE)
		return err_set(e, ERR_FULL, 0, "%s: a post is under way: expected one at a time",
			       p->way->service);
	https_way_renew(p->way);
	curl_easy_setopt(p->easy, CURLOPT_CONNECT_ONLY, 1L);
	return begin_call(p, done, arg, 1);
}

void https_cancel(struct https_endpoint *p)
{
	struct https_call *c = &p->call;
	if (c->state == CALL_RESOLVING)
		dns_cancel(c->query);
	https_transfer_stop(&p->transfer);
	https_way_connected(p);
	if (c->state != CALL_NONE && c->probe)
		end_probe(p);
	c->state = CALL_NONE;
	c->number++;
}

/* The server had closed the kept-alive connection before the post came to it. Where no other rests libcurl
 * makes a new one itself, but 7.88 counts how often over all transfers of a handle and gives up at every
 * sixth. */
static int was_stale(const struct https_endpoint *p, CURLcode result)
{
	long connects = 1;
	if (p->call.began_anew || p->call.err.kind != ERR_NONE)
		return 0;
	if (p->call.turned_back)
		return 1;
	if (result != CURLE_SEND_ERROR && result != CURLE_RECV_ERROR && result != CURLE_GOT_NOTHING)
		return 0;
	curl_easy_getinfo(p->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects == 0 && p->answer.header_bytes == 0;
}

/* --- news from the lane and the timer --- */

void https_call_turned(void *arg)
{
	struct https_endpoint *p = arg;
	uint64_t number = p->call.number;
	const struct verdict *v;
	while ((v = https_transfer_news(&p->transfer))) {
		judged(p, v);
		if (p->call.number != number)
			return;
		if (!p->call.probe && https_transfer_code(&p->transfer) == 0)
			https_transfer_settle(&p->transfer);
	}
	if (!p->transfer.finished)
		return;
	CURLcode result = p->transfer.result;
	if (result != CURLE_OK && p->call.wants_address && !p->call.looked_up) {
		https_transfer_stop(&p->transfer);
		https_way_connects(p);
		look_up(p);
	} else if (was_stale(p, result)) {
		p->call.began_anew = 1;
		https_transfer_stop(&p->transfer);
		https_way_connects(p);
		begin(p);
	} else {
		finish(p, result);
	}
}

static void give_up(struct https_endpoint *p, const char *what, int ms)
{
	if (p->call.state == CALL_RESOLVING)
		dns_cancel(p->call.query);
	p->call.query = NULL;
	err_set(&p->call.err, ERR_TIMEOUT, 0, "%s port %d: %s %d ms", p->way->url.host, p->way->url.port,
		what, ms);
	finish(p, CURLE_OK);
}

/* Before the connection stands, libcurl's own connect timeout watches; a stall can only come after. */
static void check_deadlines(struct https_endpoint *p)
{
	struct https_call *c = &p->call;
	int64_t now = loop_now_ms(p->way->https->o.loop), end = c->started_ms + p->total_ms,
		stalled = now + p->stall_ms;
	curl_off_t connected_us = 0;
	if (now >= end) {
		give_up(p, "no complete answer within", p->total_ms);
		return;
	}
	if (c->state == CALL_RUNNING)
		curl_easy_getinfo(p->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
	if (connected_us > 0) {
		stalled = https_transfer_moved_ms(&p->transfer) + p->stall_ms;
		if (now >= stalled) {
			give_up(p, "stalled, not a byte either way for", p->stall_ms);
			return;
		}
	}
	loop_timer_in(p->timer, (stalled < end ? stalled : end) - now);
}

void https_call_timed(void *arg)
{
	struct https_endpoint *p = arg;
	if (p->call.state == CALL_RESOLVING || p->call.state == CALL_RUNNING) {
		check_deadlines(p);
		return;
	}
	if (p->call.state != CALL_REFUSED)
		return;
	uint64_t number = p->call.number;
	struct verdict v;
	verdict_unable(&v, p->call.unable, p->call.hint);
	judged(p, &v);
	if (p->call.number == number)
		finish(p, CURLE_OK);
}
