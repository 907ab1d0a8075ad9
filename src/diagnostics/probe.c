/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "agent/verdicts.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, TOTAL_MS = 8000, LISTEN_MS = 2000 };

/* Each probe of an HTTPS server has a struct https of its own, since that has the roots and the date with
 * which it verifies. A probe of another server has a stream. */
struct probe {
	struct probe_request r; /* without the endpoint */
	struct service_endpoint endpoint;
	struct https *https;
	struct https_endpoint *peer;
	struct tls_stream *stream;
	int is_open;              /* 1: the stream is open */
	struct loop_timer *timer; /* calls done in a later turn of the loop, outside the callback of https */
	struct probe_answer answer;
	struct verdict verdict, before, failure;
	struct verify_chain *chain;
	void (*done)(void *arg, const struct probe_answer *answer);
	void *arg;
};

static void verified(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct probe *p = arg;
	p->verdict = *v;
	p->answer.verdict = &p->verdict;
	if (p->r.logs)
		verdicts_log(NULL, v, c);
}

/* Keeps the certificates that the server sent, and verifies them with the roots `before` of the request and
 * for later dates. */
static void take_chain(struct probe *p, const struct verify_chain *chain)
{
	int64_t now = loop_now_ms(p->r.loop);
	struct verify_request r = service_verify_request(&p->endpoint, p->r.before, p->r.date, now);
	if (!chain)
		return;
	p->answer.chain = p->chain = verify_chain_copy(chain);
	if (!r.at_unix && !r.floor_unix)
		return;
	if (p->r.before) {
		verify_chain_judge(&r, chain, &p->before);
		p->answer.before = &p->before;
	}
	r.anchors = p->r.anchors;
	p->answer.fails_on = r.at_unix ? verify_chain_forecast(&r, chain, &p->failure) : 0;
	p->answer.failure = p->answer.fails_on ? &p->failure : NULL;
}

static void answered(void *arg, const struct https_reply *reply)
{
	struct probe *p = arg;
	p->answer.err = reply->err;
	p->answer.client_certificate_requested = reply->client_certificate_requested;
	p->answer.client_certificate_missing = reply->client_certificate_missing;
	p->answer.status = reply->status;
	if (reply->verdict) {
		p->verdict = *reply->verdict;
		p->answer.verdict = &p->verdict;
	}
	take_chain(p, reply->chain);
	loop_timer_in(p->timer, 0);
}

static void report(void *arg)
{
	struct probe *p = arg;
	p->done(p->arg, &p->answer);
}

/* --- a server that does not use HTTPS --- */

static void stream_verified(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	verified(arg, v, c);
	take_chain(arg, c->chain);
}

static void note_client(struct probe *p)
{
	p->answer.client_certificate_requested = tls_stream_client_certificate_requested(p->stream);
	p->answer.client_certificate_missing = tls_stream_client_certificate_missing(p->stream);
}

/* Waits some time before it ends: with TLS 1.3 a server refuses a client's certificate, or a missing one,
 * only after the handshake. */
static void stream_opened(void *arg)
{
	struct probe *p = arg;
	note_client(p);
	p->is_open = 1;
	loop_timer_in(p->timer, p->answer.client_certificate_requested ? LISTEN_MS : 0);
}

static void stream_received(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void stream_ended(void *arg, const struct err *e)
{
	struct probe *p = arg;
	note_client(p);
	if (!p->is_open || p->answer.client_certificate_requested)
		/* otherwise the server closed a stream that had been open, which does not matter any more */
		p->answer.err = *e;
	loop_timer_in(p->timer, 0);
}

static void open_stream(struct probe *p)
{
	static const struct tls_stream_events events = { .opened = stream_opened,
							 .received = stream_received,
							 .ended = stream_ended };
	const struct tls_stream_world world = { .loop = p->r.loop,
						.dns = p->r.dns,
						.date = p->r.date,
						.anchors = p->r.anchors,
						.on_verdict = stream_verified,
						.arg = p };
	struct tls_stream_request r = service_stream(&p->endpoint);
	r.connect_ms = CONNECT_MS;
	r.total_ms = TOTAL_MS;
	p->stream = tls_stream_open(&world, &r, &events, p);
}

static int open_https(struct probe *p, struct err *e)
{
	const struct service_limits limits = { .connect_ms = CONNECT_MS, .total_ms = TOTAL_MS };
	p->https = https_new(&(struct https_options){ .loop = p->r.loop,
						      .dns = p->r.dns,
						      .date = p->r.date,
						      .anchors = p->r.anchors,
						      .on_verdict = verified,
						      .arg = p });
	if (service_open(p->https, &p->endpoint, &limits, &p->peer, e) < 0)
		return -1;
	return (p->r.shows_client ? https_probe_client : https_probe)(p->peer, answered, p, e);
}

int probe_start(const struct probe_request *r, void (*done)(void *arg, const struct probe_answer *answer),
		void *arg, struct probe **ret, struct err *e)
{
	struct probe *p = mem_new(sizeof *p);
	*p = (struct probe){ .r = *r, .endpoint = *r->endpoint, .done = done, .arg = arg };
	p->r.endpoint = NULL;
	p->endpoint.verify = !r->fetches;
	p->timer = loop_timer_new(r->loop, report, p);
	if (!service_is_https(p->endpoint.service)) {
		open_stream(p);
	} else if (open_https(p, e) < 0) {
		probe_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

void probe_free(struct probe *p)
{
	if (!p)
		return;
	loop_timer_free(p->timer);
	tls_stream_free(p->stream);
	https_endpoint_free(p->peer);
	https_free(p->https);
	verify_chain_free(p->chain);
	explicit_bzero(p, sizeof *p); /* a password */
	free(p);
}
