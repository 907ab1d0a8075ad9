#include "https_peer.h"

#include "base/mem.h"

#include <stdlib.h>

enum { CONNECT_MS = 10000, STALL_MS = 10000, TOTAL_MS = 30000, REPLY_MAX = 64 << 10 };

int https_peer_new(struct https *h, const struct https_peer_options *o, struct https_peer **ret, struct err *e)
{
	struct https_url url;
	*ret = NULL;
	if (https_url_parse(o->url, &url, e) != 0)
		return -1;
	size_t reply_max = o->reply_max ? o->reply_max : REPLY_MAX;
	struct https_peer *p = mem_new(sizeof *p);
	p->https = h;
	p->next = h->peers;
	h->peers = p;
	p->url = url;
	p->service = mem_dup(o->service ? o->service : "HTTPS");
	p->enforce = o->verify == HTTPS_VERIFY_ON;
	p->policy = o->policy;
	p->connect_ms = o->connect_ms ? o->connect_ms : CONNECT_MS;
	p->stall_ms = o->stall_ms ? o->stall_ms : STALL_MS;
	p->total_ms = o->total_ms ? o->total_ms : TOTAL_MS;
	p->timer = loop_timer_new(h->o.loop, https_call_timed, p);
	https_lane_init(&p->lane, h->o.loop, https_call_turned, p);
	https_answer_init(&p->answer, reply_max < HTTPS_REPLY_MAX ? reply_max : HTTPS_REPLY_MAX);
	if (https_setup(p, o, e) != 0) {
		https_peer_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

/* Everything that could call back goes now; what a callback further up may still read goes a turn later. */
void https_peer_free(struct https_peer *p)
{
	if (!p)
		return;
	struct https *h = p->https;
	https_cancel(p);
	https_lane_done(&p->lane);
	loop_timer_free(p->timer);
	for (struct https_peer **at = &h->peers; *at; at = &(*at)->next) {
		if (*at == p) {
			*at = p->next;
			break;
		}
	}
	p->next = h->dead;
	h->dead = p;
	loop_timer_in(h->undertaker, 0);
}
