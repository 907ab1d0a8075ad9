/* SPDX-License-Identifier: MIT */
/* https_gate: what must hold before a socket is opened, a name looked up, a byte sent. */
#include "https_internal.h"

int https_gate_allows(struct https_endpoint *p)
{
	struct https_call *c = &p->call;
	const struct https_way *w = p->way;
	const struct https_options *o = &w->https->o;
	int64_t now;
	if (!w->enforce)
		return 1;
	if (w->url.is_address) {
		c->unable = "the host is an address";
		c->hint = "enter the server by the host name in its certificate";
		err_set(&c->err, ERR_TLS, VERIFY_REFUSED_BEFORE_HANDSHAKE,
			"%s is an address: verification needs a host name", w->url.host);
		return 0;
	}
	if (date_now(o->date, loop_now_ms(o->loop), &now, &c->err) != 0) {
		c->unable = "the date is not known";
		c->hint = "check the NTP settings and that an NTP server answers";
		return 0;
	}
	if (anchors_count(o->anchors) == 0) {
		c->unable = "no root certificate is loaded";
		c->hint = "upload the certificate of the authority that signed the server's certificate";
		err_set(&c->err, ERR_TLS, VERIFY_REFUSED_BEFORE_HANDSHAKE,
			"%s cannot be believed: no root certificate is loaded", w->url.host);
		return 0;
	}
	return 1;
}

void https_gate_leave_old_epoch(struct https_way *w)
{
	const struct https_options *o = &w->https->o;
	uint64_t generation = anchors_generation(o->anchors);
	int64_t now, until = w->lane ? w->lane->valid_until : 0;
	int over = w->generation != generation;
	if (until && date_now(o->date, loop_now_ms(o->loop), &now, NULL) == 0)
		over |= now > until;
	if (over)
		https_way_renew(w);
	w->generation = generation;
}

/* --- called by libcurl --- */

CURLcode https_gate_shakes_hands(CURL *easy, void *ssl_ctx, void *arg)
{
	struct https_endpoint *p = arg;
	const struct https_way *w = p->way;
	const struct https_options *o = &w->https->o;
	int64_t now = 0;
	(void)easy;
	if (date_now(o->date, loop_now_ms(o->loop), &now, w->enforce ? &p->call.err : NULL) != 0) {
		if (w->enforce)
			return CURLE_ABORTED_BY_CALLBACK;
		now = 0;
	}
	const struct verify_request r = {
		.anchors = o->anchors,
		.policy = w->policy,
		.host = w->url.host,
		.at_unix = now,
		.enforce = w->enforce,
	};
	struct verify_session *s = verify_session_new(&r);
	https_transfer_keep(&p->transfer, s);
	return verify_session_attach(s, ssl_ctx, &p->call.err) == 0 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

int https_gate_wants_address(void *resolver, void *reserved, void *arg)
{
	struct https_endpoint *p = arg;
	(void)resolver;
	(void)reserved;
	if (p->way->url.is_address)
		return 0;
	p->call.wants_address = 1;
	return 1; /* never let libcurl look up a name itself */
}

/* The last door before the first byte of a request: whatever else failed to stop it, no good verdict on this
 * very connection, no request. */
int https_gate_sends(void *arg, char *remote, char *local, int remote_port, int local_port)
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
	https_way_connected(p);
	if (p->way->enforce && code != 0) {
		err_set(&p->call.err, ERR_TLS, code > 0 ? code : VERIFY_REFUSED_BEFORE_HANDSHAKE,
			"%s: the TLS handshake ended without a good verdict: nothing sent", p->way->url.host);
		return CURL_PREREQFUNC_ABORT;
	}
	/* After a stale connection libcurl would try others that rest; a server may read the post on each and
	 * close. */
	if (p->call.sent && !https_transfer_is_fresh(&p->transfer)) {
		p->call.turned_back = 1;
		return CURL_PREREQFUNC_ABORT;
	}
	p->call.sent = 1;
	return CURL_PREREQFUNC_OK;
}
