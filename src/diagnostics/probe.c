/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, TOTAL_MS = 8000 };

/* Each probe has a struct https of its own, since roots and date are properties of that. */
struct probe {
	struct probe_request r;
	struct https *https;
	struct https_endpoint *peer;
	struct loop_timer *timer; /* calls done in a later turn of the loop, outside the callback of https */
	struct https_url url;
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
	if (p->r.on_verdict)
		p->r.on_verdict(p->r.on_verdict_arg, v, c);
}

static void verify_further(struct probe *p, const struct verify_chain *chain)
{
	struct verify_request r = { .anchors = p->r.before,
				    .policy = p->r.endpoint.policy,
				    .host = p->url.host };
	if (date_now(p->r.date, loop_now_ms(p->r.loop), &r.at_unix, NULL) < 0)
		return;
	if (p->r.before) {
		verify_chain_judge(&r, chain, &p->before);
		p->answer.before = &p->before;
	}
	r.anchors = p->r.anchors;
	p->answer.fails_on = verify_chain_forecast(&r, chain, &p->failure);
	p->answer.failure = p->answer.fails_on ? &p->failure : NULL;
}

static void answered(void *arg, const struct https_reply *reply)
{
	struct probe *p = arg;
	p->answer.err = reply->err;
	p->answer.client_certificate_requested = reply->client_certificate_requested;
	p->answer.status = reply->status;
	if (reply->verdict) {
		p->verdict = *reply->verdict;
		p->answer.verdict = &p->verdict;
	}
	if (reply->chain)
		p->answer.chain = p->chain = verify_chain_copy(reply->chain);
	if (reply->chain)
		verify_further(p, reply->chain);
	loop_timer_in(p->timer, 0);
}

static void report(void *arg)
{
	struct probe *p = arg;
	p->done(p->arg, &p->answer);
}

int probe_start(const struct probe_request *r, void (*done)(void *arg, const struct probe_answer *answer),
		void *arg, struct probe **ret, struct err *e)
{
	struct probe *p = mem_new(sizeof *p);
	*p = (struct probe){ .r = *r, .done = done, .arg = arg };
	struct https_options ho = { .loop = r->loop,
				    .dns = r->dns,
				    .date = r->date,
				    .anchors = r->anchors,
				    .on_verdict = verified,
				    .arg = p };
	const struct service_limits limits = { .connect_ms = CONNECT_MS, .total_ms = TOTAL_MS };
	p->r.endpoint.verify = !r->fetches;
	p->https = https_new(&ho);
	p->timer = loop_timer_new(r->loop, report, p);
	if (https_url_parse(r->endpoint.url, &p->url, e) < 0 ||
	    service_open(p->https, &p->r.endpoint, &limits, &p->peer, e) < 0 ||
	    (r->shows_client ? https_probe_client : https_probe)(p->peer, answered, p, e) < 0) {
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
	https_endpoint_free(p->peer);
	https_free(p->https);
	verify_chain_free(p->chain);
	free(p);
}
