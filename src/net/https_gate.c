/* https_gate: what must hold before a socket is opened, a name looked up, a byte sent. */
#include "https_peer.h"

int https_gate_allows(struct https_peer *p)
{
	struct https_call *c = &p->call;
	int64_t now;
	if (!p->enforce)
		return 1;
	if (p->url.is_address) {
		c->unable = "the host is an address";
		c->hint = "enter the server by the host name in its certificate";
		err_set(&c->err, ERR_TLS, 50, "%s is an address: verification needs a host name", p->url.host);
		return 0;
	}
	if (date_now(p->https->o.date, loop_now_ms(p->https->o.loop), &now, &c->err) != 0) {
		c->unable = "the date is not known";
		c->hint = "check the NTP settings and that an NTP server answers";
		return 0;
	}
	if (anchors_count(p->https->o.anchors) == 0) {
		c->unable = "no root certificate is loaded";
		c->hint = "upload the certificate of the authority that signed the server's certificate";
		err_set(&c->err, ERR_TLS, 50, "%s cannot be believed: no root certificate is loaded", p->url.host);
		return 0;
	}
	return 1;
}

void https_gate_leave_old_epoch(struct https_peer *p)
{
	const struct https *h = p->https;
	uint64_t generation = anchors_generation(h->o.anchors);
	const struct verdict *v = https_lane_is_open(&p->lane) ? https_lane_verdict(&p->lane) : NULL;
	int64_t now;
	int over = p->epoch != h->epoch || p->generation != generation;
	if (v && v->valid_until != 0 && date_now(h->o.date, loop_now_ms(h->o.loop), &now, NULL) == 0)
		over |= now > v->valid_until;
	if (over)
		https_lane_close(&p->lane);
	p->epoch = h->epoch;
	p->generation = generation;
}

/* --- called by libcurl --- */

CURLcode https_gate_shakes_hands(CURL *easy, void *ssl_ctx, void *arg)
{
	struct https_peer *p = arg;
	const struct https_options *o = &p->https->o;
	int64_t now = 0;
	(void)easy;
	if (date_now(o->date, loop_now_ms(o->loop), &now, p->enforce ? &p->call.err : NULL) != 0) {
		if (p->enforce)
			return CURLE_ABORTED_BY_CALLBACK;
		now = 0;
	}
	const struct verify_request r = {
		.anchors = o->anchors, .policy = p->policy, .host = p->url.host, .at_unix = now, .enforce = p->enforce,
	};
	struct verify_session *s = verify_session_new(&r);
	https_lane_keep(&p->lane, s);
	p->https->counts.handshakes++;
	return verify_session_attach(s, ssl_ctx, &p->call.err) == 0 ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

int https_gate_wants_address(void *resolver, void *reserved, void *arg)
{
	struct https_peer *p = arg;
	(void)resolver;
	(void)reserved;
	if (p->url.is_address)
		return 0;
	p->call.wants_address = 1;
	return 1;	/* never let libcurl look up a name itself */
}

/* The last door before the first byte of a request: whatever else failed to stop it, no verdict, no request. */
int https_gate_sends(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct https_peer *p = arg;
	const struct verdict *v = https_lane_verdict(&p->lane);
	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	https_lane_complete(&p->lane);
	if (!p->enforce || (v && v->code == 0))
		return CURL_PREREQFUNC_OK;
	err_set(&p->call.err, ERR_TLS, v ? v->code : 50, "%s: the TLS handshake ended without a good verdict: nothing sent",
		p->url.host);
	return CURL_PREREQFUNC_ABORT;
}
