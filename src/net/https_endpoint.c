/* SPDX-License-Identifier: MIT */
#include "https_internal.h"

#include "base/mem.h"
#include "https_connection.h"

#include <stdlib.h>

enum { CONNECT_MS = 10000, STALL_MS = 30000, ANSWER_MS = 30000, REPLY_MAX = 64 << 10 };

int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e)
{
	size_t reply_max = o->reply_max ? o->reply_max : REPLY_MAX;
	struct https_endpoint *p = mem_new(sizeof *p);
	*ret = NULL;
	p->https = h;
	p->next = h->endpoints;
	h->endpoints = p;
	p->service = mem_dup(o->service ? o->service : "HTTPS");
	p->enforce = o->verify == HTTPS_VERIFY_ON;
	p->policy = o->policy;
	p->connect_ms = o->connect_ms ? o->connect_ms : CONNECT_MS;
	p->stall_ms = o->stall_ms ? o->stall_ms : STALL_MS;
	p->answer_ms = o->answer_ms ? o->answer_ms : ANSWER_MS;
	p->rest_ms = o->rest_ms;
	p->total_ms = o->total_ms;
	p->timer = loop_timer_new(h->o.loop, https_call_on_timer, p);
	https_pool_init(&p->pool, h->o.loop);
	p->transfer.pool = &p->pool;
	https_answer_init(&p->answer, reply_max < HTTPS_REPLY_MAX ? reply_max : HTTPS_REPLY_MAX);
	if (https_setup(p, o, e) != 0) {
		https_endpoint_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

/* Ends everything that could call back now. The memory is freed in the next turn of the loop, since a running
 * callback may still read it. */
void https_endpoint_free(struct https_endpoint *p)
{
	if (!p)
		return;
	struct https *h = p->https;
	struct https_endpoint **at = &h->endpoints;
	https_cancel(p);
	https_pool_close(&p->pool);
	loop_timer_stop(p->timer);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->next = h->freed;
	h->freed = p;
	loop_timer_in(h->cleanup, 0);
}

void https_endpoint_destroy(struct https_endpoint *p)
{
	https_pool_done(&p->pool);
	loop_timer_free(p->timer);
	https_answer_done(&p->answer);
	curl_easy_cleanup(p->easy);
	curl_url_cleanup(p->parsed);
	curl_slist_free_all(p->resolve);
	curl_slist_free_all(p->headers);
	free(p->extra_text);
	free(p->service);
	free(p);
}

int https_is_connected(const struct https_endpoint *p)
{
	return https_pool_is_open(&p->pool);
}

int https_is_connecting(const struct https_endpoint *p)
{
	switch (p->call.state) {
	case HTTPS_RESOLVING:
	case HTTPS_TRYING:
	case HTTPS_ADDRESSLESS:
	case HTTPS_CONNECTING: return 1;
	case HTTPS_IDLE:
	case HTTPS_REFUSED:
	case HTTPS_SENT_ON_KEPT:
	case HTTPS_SENT:
	case HTTPS_LISTENING: break;
	}
	return 0;
}
