/* SPDX-License-Identifier: MIT */
#include "https_internal.h"

#include "base/mem.h"

#include <stdlib.h>

enum { CONNECT_MS = 10000, STALL_MS = 10000, TOTAL_MS = 30000, REPLY_MAX = 64 << 10 };

int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e)
{
	struct https_way *w;
	*ret = NULL;
	if (o->beside)
		w = o->beside->way;
	else if (https_way_new(h, o, &w, e) != 0)
		return -1;
	size_t reply_max = o->reply_max ? o->reply_max : REPLY_MAX;
	struct https_endpoint *p = mem_new(sizeof *p);
	p->way = w;
	https_way_join(w);
	p->connect_ms = o->connect_ms ? o->connect_ms : CONNECT_MS;
	p->stall_ms = o->stall_ms ? o->stall_ms : STALL_MS;
	p->total_ms = o->total_ms ? o->total_ms : TOTAL_MS;
	p->timer = loop_timer_new(h->o.loop, https_call_timed, p);
	https_answer_init(&p->answer, reply_max < HTTPS_REPLY_MAX ? reply_max : HTTPS_REPLY_MAX);
	if (https_setup(p, o, e) != 0) {
		https_endpoint_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

/* Everything that could call back goes now; what a callback further up may still read goes a turn later. */
void https_endpoint_free(struct https_endpoint *p)
{
	if (!p)
		return;
	struct https *h = p->way->https;
	https_cancel(p);
	https_way_leave(p->way);
	loop_timer_free(p->timer);
	p->next = h->dead;
	h->dead = p;
	loop_timer_in(h->undertaker, 0);
}
