/* SPDX-License-Identifier: MIT */
/* https_way: the way to one server, and the lane of its connections. */
#include "https_internal.h"

#include "base/mem.h"
#include "https_connection.h"

#include <stdlib.h>

static void destroy(struct https_way *w)
{
	curl_url_cleanup(w->parsed);
	curl_slist_free_all(w->headers);
	free(w->service);
	free(w);
}

int https_way_new(struct https *h, const struct https_endpoint_options *o, struct https_way **ret,
		  struct err *e)
{
	struct https_way *w = mem_new(sizeof *w);
	w->https = h;
	w->service = mem_dup(o->service ? o->service : "HTTPS");
	w->enforce = o->verify == HTTPS_VERIFY_ON;
	w->policy = o->policy;
	if (https_setup_way(w, o, e) != 0) {
		destroy(w);
		return -1;
	}
	w->next = h->ways;
	h->ways = w;
	*ret = w;
	return 0;
}

void https_way_join(struct https_way *w)
{
	w->refs++;
	w->peers++;
	if (w->lane)
		https_lane_widen(w->lane, w->peers);
}

void https_way_leave(struct https_way *w)
{
	if (--w->peers == 0)
		https_way_renew(w);
}

void https_way_unref(struct https_way *w)
{
	if (--w->refs)
		return;
	struct https_way **at = &w->https->ways;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	destroy(w);
}

struct https_lane *https_way_lane(struct https_way *w)
{
	if (!w->lane)
		w->lane = https_lane_new(w->https->o.loop, w->peers);
	return w->lane;
}

void https_way_renew(struct https_way *w)
{
	https_lane_release(w->lane);
	w->lane = NULL;
}

void https_way_connects(struct https_endpoint *p)
{
	p->way->connecting += !p->call.connecting;
	p->call.connecting = 1;
}

void https_way_connected(struct https_endpoint *p)
{
	p->way->connecting -= p->call.connecting;
	p->call.connecting = 0;
}

int https_has_room(const struct https_endpoint *p)
{
	const struct https_way *w = p->way;
	return w->connecting < HTTPS_CONNECTS || (w->lane && https_connection_rests(w->lane));
}
