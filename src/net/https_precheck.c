/* SPDX-License-Identifier: MIT */
#include "https_internal.h"
#include "precheck.h"

int https_precheck_allows(struct https_endpoint *p)
{
	const struct https_options *o = &p->https->o;
	struct precheck_refusal refusal;
	const struct precheck check = { .host = p->url.host,
					.is_address = p->url.is_address,
					.date_rule = PRECHECK_DATE_NEEDED,
					.date = o->date,
					.now_ms = loop_now_ms(o->loop),
					.anchors = o->anchors,
					.allowed = &p->policy.allowed };
	if (!p->enforce || precheck(&check, &refusal) == 0)
		return 1;
	p->call.why_not = refusal.why;
	p->call.hint = refusal.hint;
	p->call.err = refusal.err;
	return 0;
}

void https_precheck_close_outdated_connections(struct https_endpoint *p)
{
	const struct https_options *o = &p->https->o;
	uint64_t generation = anchors_generation(o->anchors);
	int64_t now, until = p->pool.valid_until;
	int is_over = p->generation != generation;
	if (until && date_now(o->date, loop_now_ms(o->loop), &now, NULL) == 0)
		is_over |= now > until;
	if (is_over)
		https_pool_close(&p->pool);
	p->generation = generation;
}

/* --- called by libcurl --- */

/* Called by libcurl once for each new TLS connection, when it has the context of the connection and before
 * the handshake's first byte is sent. Attaches the verifier to the context. If the date is unknown and
 * verification is on, aborts the call instead: then there is no handshake. */
CURLcode https_precheck_on_handshake(CURL *easy, void *ssl_ctx, void *arg)
{
	struct https_endpoint *p = arg;
	const struct https_options *o = &p->https->o;
	int64_t now = 0;
	(void)easy;
	if (date_now(o->date, loop_now_ms(o->loop), &now, p->enforce ? &p->call.err : NULL) != 0) {
		if (p->enforce)
			return CURLE_ABORTED_BY_CALLBACK;
		now = 0;
	}
	const struct verify_request r = {
		.anchors = o->anchors,
		.policy = p->policy,
		.host = p->url.host,
		.at_unix = now,
		.enforce = p->enforce,
	};
	struct verify_session *s = verify_session_new(&r);
	https_deadline_handshake(p);
	https_transfer_keep(&p->transfer, s);
	return verify_session_attach(s, ssl_ctx, &p->call.err) == 0 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

int https_precheck_on_address_wanted(void *resolver, void *reserved, void *arg)
{
	struct https_endpoint *p = arg;
	(void)resolver;
	(void)reserved;
	if (p->url.is_address)
		return 0;
	if (p->call.state == HTTPS_TRYING || p->call.state == HTTPS_SENT_ON_KEPT)
		p->call.state = HTTPS_ADDRESSLESS;
	return 1; /* fails the transfer: libcurl must not look up a name itself */
}

/* Called by libcurl before the first byte of a request is sent. This is the last check, even if earlier ones
 * were bypassed: without a good verdict on this very connection nothing is sent. */
int https_precheck_on_request(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct https_endpoint *p = arg;
	const struct curl_tlssessioninfo *tls = NULL;
	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	curl_easy_getinfo(p->easy, CURLINFO_TLS_SSL_PTR, &tls);
	https_transfer_sends(&p->transfer, tls && tls->internals ? verify_session_of(tls->internals) : NULL);
	long code = https_transfer_code(&p->transfer);
	if (p->enforce && code != 0) {
		err_set(&p->call.err, ERR_TLS, code > 0 ? code : VERIFY_REFUSED_BEFORE_HANDSHAKE,
			"%s: the server was not verified, so nothing was sent", p->url.host);
		return CURL_PREREQFUNC_ABORT;
	}
	https_deadline_sent(p);
	p->call.state = p->transfer.is_fresh ? HTTPS_SENT : HTTPS_SENT_ON_KEPT;
	return CURL_PREREQFUNC_OK;
}
