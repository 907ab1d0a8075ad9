/* SPDX-License-Identifier: MIT */
#include "lane.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	READ_AGAIN_MS = 1000, /* after the store could not be read */
};

void lane_look_again(struct lane *l)
{
	for (; l->ahead_n; l->ahead_n--)
		free(l->ahead[l->ahead_at++].body);
	l->after = 0;
}

int lane_add_carrier(struct lane *l, struct err *e)
{
	const struct courier_target *t = &l->target;
	char service[32];
	struct carrier *c;
	snprintf(service, sizeof service, "HttpFeedback %d", l->slot);
	struct https_peer_options o = {
		.service = service,
		.url = t->url,
		.headers = { t->json ? "Content-Type: application/json"
				     : "Content-Type: text/xml; charset=utf-8" },
		.beside = l->carriers ? l->carriers->peer : NULL,
	};
	service_apply(&t->rules, &o);
	if (carrier_new(l->courier->o.https, &o, &c, e) < 0)
		return -1;
	c->done = lane_answered;
	c->arg = l;
	c->next = l->carriers;
	l->carriers = c;
	l->n_carriers++;
	return 0;
}

int lane_has_room(const struct lane *l)
{
	return l->open ? l->in_flight < l->open && https_has_room(l->carriers->peer) : !l->probing;
}

static int is_under_way(const struct lane *l, int64_t sequence)
{
	for (const struct carrier *c = l->carriers; c; c = c->next)
		if (c->post.body && !c->is_gap && c->post.sequence == sequence)
			return 1;
	return 0;
}

/* Reads some posts before they are needed; none is left of an earlier time. */
static void read_ahead(struct lane *l)
{
	struct err e;
	l->ahead_at = 0;
	int n;
	do {
		n = store_post_several(l->courier->o.store, l->slot, l->after, l->ahead, LANE_AHEAD, &e);
		for (int i = 0; i < n; i++) {
			l->after = l->ahead[i].sequence;
			if (is_under_way(l, l->after))
				free(l->ahead[i].body);
			else
				l->ahead[l->ahead_n++] = l->ahead[i];
		}
	} while (n > 0 && !l->ahead_n);
	if (n < 0) {
		if (episode_failed(&l->episode, episode_key(e.text), 1, loop_now_ms(l->courier->o.loop)))
			log_error("HttpFeedback %d: cannot read the next post: %s", l->slot, e.text);
		loop_timer_in(l->timer, READ_AGAIN_MS);
	}
}

/* A post of our own that says what had to be dropped. 1: there is one. */
static int gap_post(struct lane *l, struct store_post *ret)
{
	struct store_slot s;
	struct buf body;
	for (const struct carrier *c = l->carriers; c; c = c->next)
		if (c->post.body && c->is_gap)
			return 0;
	store_slot_get(l->courier->o.store, l->slot, &s);
	if (!s.gap_first) {
		l->gap = 0;
		return 0;
	}
	buf_init(&body, STORE_BODY_MAX);
	l->courier->o.gap(l->courier->o.arg, l->slot, &s, &body);
	store_gap_telling(l->courier->o.store, l->slot);
	*ret = (struct store_post){
		.slot = l->slot, .sequence = s.gap_last, .json = l->target.json, .len = body.len
	};
	memcpy(ret->id, s.gap_id, sizeof ret->id);
	ret->body = buf_take(&body);
	return 1;
}

/* 1: a post, and whether it tells of a gap; 0: there is nothing to be sent. */
static int next_post(struct lane *l, struct store_post *ret, int *ret_is_gap)
{
	uint64_t dropped = store_dropped(l->courier->o.store, l->slot);
	if (dropped != l->dropped) {
		l->dropped = dropped;
		l->gap = 1;
		lane_look_again(l);
	}
	*ret_is_gap = l->gap && gap_post(l, ret);
	if (*ret_is_gap)
		return 1;
	if (!l->ahead_n)
		read_ahead(l);
	if (!l->ahead_n)
		return 0;
	*ret = l->ahead[l->ahead_at++];
	l->ahead_n--;
	return 1;
}

static struct carrier *idle_carrier(struct lane *l)
{
	struct err e;
	for (struct carrier *c = l->carriers; c; c = c->next)
		if (!c->post.body)
			return c;
	return l->n_carriers < l->target.window && lane_add_carrier(l, &e) == 0 ? l->carriers : NULL;
}

static int send_next(struct lane *l)
{
	struct courier *k = l->courier;
	struct carrier *c = idle_carrier(l);
	struct store_post p;
	struct err e;
	int is_gap;
	if (!c || !next_post(l, &p, &is_gap))
		return 0;
	c->is_gap = is_gap;
	if (!is_gap && p.sequence > l->handed)
		l->handed = p.sequence;
	c->probing = !l->open;
	l->probing |= c->probing;
	l->in_flight++;
	if (carrier_send(c, &p, k->o.now(k->o.arg), l->key.len ? &l->key : NULL, &e) < 0) {
		struct https_reply none = { .err = e, .retry_after_s = -1, .verify_code = -1 };
		lane_answered(l, c, &none);
		return 0;
	}
	return 1;
}

void lane_step(void *arg)
{
	struct lane *l = arg;
	if (l->status.parked || l->courier->stopping)
		return;
	while (lane_has_room(l) && send_next(l))
		continue;
	if (l->in_flight && !l->ahead_n) /* while the server works */
		read_ahead(l);
}
