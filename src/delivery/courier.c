/* SPDX-License-Identifier: MIT */
#include "delivery/courier.h"

#include "base/log.h"
#include "base/mem.h"
#include "lane.h"
#include "base/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_BASE_MS = 1000,
	RETRY_CAP_MS = 300000, /* the server or the way to it fails */
	HOLD_BASE_MS = 15000,
	HOLD_CAP_MS = 900000, /* it is not believed, or wants something of the administrator */
	RETRY_AFTER_MAX_S = 3600,
	STEADY_MS = 24 * 3600 * 1000,
	DATE_SLACK_S = 600,
};

/* What becomes of a post after an answer. */
enum outcome { DELIVERED, RETRY, HOLD, PARK, DEAD };

struct courier *courier_new(const struct courier_options *o)
{
	struct courier *c = mem_new(sizeof *c);
	c->o = *o;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		c->lanes[slot] = (struct lane){ .courier = c,
						.slot = slot,
						.status = { .last_verdict = -1, .next_ms = -1 } };
	return c;
}

/* What is parked stays so over a restart: its server said that it is gone for good. */
static void parked_key(int slot, char ret[16])
{
	snprintf(ret, 16, "parked_%d", slot);
}

static int is_parked(const struct courier *c, int slot)
{
	char key[16];
	parked_key(slot, key);
	return store_get(c->o.store, key, 0) != 0;
}

static void keep_parked(struct courier *c, int slot, int parked)
{
	char key[16];
	struct err e;
	if (is_parked(c, slot) == parked)
		return;
	parked_key(slot, key);
	if (store_set(c->o.store, key, parked, &e) < 0)
		log_error("HttpFeedback %d: a restart will not know that it is %sparked: %s", slot,
			  parked ? "" : "no longer ", e.text);
	c->o.dirty(c->o.arg);
}

static void close_lane(struct courier *c, int slot)
{
	struct lane *l = &c->lanes[slot];
	while (l->carriers) {
		struct carrier *next = l->carriers->next;
		carrier_free(l->carriers);
		l->carriers = next;
	}
	loop_timer_free(l->timer);
	lane_look_again(l);
	free(l->url);
	explicit_bzero(&l->key, sizeof l->key);
	*l = (struct lane){ .courier = c, .slot = slot, .status = { .last_verdict = -1, .next_ms = -1 } };
}

void courier_clear(struct courier *c, int slot)
{
	close_lane(c, slot);
	keep_parked(c, slot, 0);
}

void courier_free(struct courier *c)
{
	if (!c)
		return;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		close_lane(c, slot);
	loop_timer_free(c->deadline);
	free(c);
}

int courier_is_busy(const struct courier *c)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (c->lanes[slot].in_flight)
			return 1;
	return 0;
}

static void check_stopped(void *arg)
{
	struct courier *c = arg;
	if (courier_is_busy(c) && loop_timer_armed(c->deadline))
		return;
	void (*fn)(void *) = c->stopped;
	c->stopped = NULL;
	if (fn)
		fn(c->stopped_arg);
}

void courier_stop(struct courier *c, int64_t limit_ms, void (*fn)(void *arg), void *arg)
{
	c->stopping = 1;
	c->stopped = fn;
	c->stopped_arg = arg;
	c->deadline = loop_timer_new(c->o.loop, check_stopped, c);
	loop_timer_in(c->deadline, courier_is_busy(c) ? limit_ms : 0);
}

static int same_target(const struct lane *l, const struct courier_target *t, const struct hmac_key *key)
{
	return l->carriers && strcmp(l->url, t->url) == 0 && l->target.json == t->json &&
	       l->target.window == t->window && memcmp(&l->target.rules, &t->rules, sizeof t->rules) == 0 &&
	       l->key.len == key->len && memcmp(l->key.bytes, key->bytes, key->len) == 0;
}

int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e)
{
	struct lane *l = &c->lanes[slot],
		    fresh = { .courier = c, .slot = slot, .target = *t, .handed = l->handed };
	if (t->secret && *t->secret && hmac_key_parse(t->secret, &fresh.key, e) < 0)
		return err_prefix(e, "the secret");
	if (same_target(l, t, &fresh.key)) {
		courier_retry(c, 1u << slot);
		return 0;
	}
	if (lane_add_carrier(&fresh, e) < 0)
		return -1;
	close_lane(c, slot);
	*l = fresh;
	explicit_bzero(&fresh.key, sizeof fresh.key);
	l->carriers->arg = l;
	l->url = mem_dup(t->url);
	l->target.url = l->url;
	l->target.secret = NULL;
	l->status.last_verdict = l->status.next_ms = -1;
	l->gap = 1;
	l->timer = loop_timer_new(c->o.loop, lane_step, l);
	if (is_parked(c, slot)) {
		l->status.parked = 1;
		l->status.state = COURIER_FAILED;
		l->status.last_status = 410;
	}
	loop_timer_in(l->timer, 0);
	return 0;
}

void courier_look_again(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (slots & 1u << slot)
			lane_look_again(&c->lanes[slot]);
	courier_wake(c, slots);
}

void courier_wake(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct lane *l = &c->lanes[slot];
		/* A lane that is busy, or waits for its next try, finds new posts by itself. */
		if ((slots & 1u << slot) && l->carriers && !l->status.attempts && lane_has_room(l))
			loop_timer_in(l->timer, 0);
	}
}

void courier_retry(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct lane *l = &c->lanes[slot];
		if (!(slots & 1u << slot) || !l->carriers || l->probing)
			continue;
		l->status.attempts = 0;
		loop_timer_in(l->timer, 0);
	}
}

void courier_unpark(struct courier *c, int slot)
{
	c->lanes[slot].status.parked = 0;
	keep_parked(c, slot, 0);
	courier_retry(c, 1u << slot);
}

void courier_status(const struct courier *c, int slot, struct courier_status *ret)
{
	const struct lane *l = &c->lanes[slot];
	*ret = l->status;
	ret->next_ms = l->timer && l->status.attempts ? loop_timer_left(l->timer) : -1;
}

int courier_may_merge(const struct courier *c, int slot, int64_t sequence)
{
	const struct lane *l = &c->lanes[slot];
	return (!l->carriers || l->status.state == COURIER_FAILED) && (!sequence || sequence > l->handed);
}

static enum outcome judge(const struct https_reply *r)
{
	if (r->err.kind == ERR_TLS || r->err.kind == ERR_DATE || r->err.kind == ERR_CONFIG)
		return HOLD;
	if (r->err.kind != ERR_NONE)
		return RETRY;
	if (r->status >= 200 && r->status < 300)
		return DELIVERED;
	switch (r->status) {
	case 400:
	case 413:
	case 422: return DEAD;
	case 401:
	case 403:
	case 404:
	case 407: return HOLD;
	case 410: return PARK;
	default: return RETRY;
	}
}

static void set_state(struct lane *l, enum courier_state state)
{
	/* Of a window whose slot is parked, other posts may still end well. */
	if (l->status.state == state || (state == COURIER_OK && l->status.parked))
		return;
	l->status.state = state;
	l->courier->o.changed(l->courier->o.arg, l->slot);
}

static void why(const struct https_reply *r, char *ret, size_t size)
{
	if (r->err.kind != ERR_NONE)
		snprintf(ret, size, "%s", r->err.text);
	else
		snprintf(ret, size, "the server answered HTTP %d", r->status);
}

static void delivered(struct lane *l, const struct carrier *c)
{
	struct store *store = l->courier->o.store;
	struct err e;
	if ((c->is_gap ? store_gap_told(store, l->slot, c->post.sequence, &e)
		       : store_post_done(store, l->slot, c->post.sequence, &e)) < 0)
		log_error("HttpFeedback %d: post %s was delivered but could not be marked so, it may be sent "
			  "again: %s",
			  l->slot, c->post.id, e.text);
	if (c->is_gap)
		l->courier->o.dirty(l->courier->o.arg);
	else
		l->status.delivered++;
	uint64_t failures = episode_ended(&l->episode);
	if (failures)
		log_notice("HttpFeedback %d: recovered after %" PRIu64 " failed attempts", l->slot, failures);
	if (l->status.attempts)
		loop_timer_stop(l->timer);
	l->open = l->open ? l->open + 1 : 2;
	if (l->open > l->target.window)
		l->open = l->target.window;
	l->status.attempts = 0;
	l->status.last_error[0] = '\0';
	set_state(l, COURIER_OK);
}

/* No server will ever take it: what tells of a gap is let go, anything else is kept for a person to look
 * at. */
static void bury(struct lane *l, const struct carrier *c, const struct https_reply *r)
{
	struct err e;
	int n;
	if (c->is_gap) {
		log_warning("HttpFeedback %d: the server does not want to hear of a gap: %s", l->slot,
			    l->status.last_error);
		n = store_gap_told(l->courier->o.store, l->slot, c->post.sequence, &e);
	} else {
		log_warning("HttpFeedback %d: post %s goes to the dead letters: %s", l->slot, c->post.id,
			    l->status.last_error);
		n = store_post_dead(l->courier->o.store, l->slot, c->post.sequence, r->status,
				    l->status.last_error, &e);
	}
	if (n < 0)
		log_error("HttpFeedback %d: post %s stays queued: %s", l->slot, c->post.id, e.text);
	l->courier->o.dirty(l->courier->o.arg);
	/* The server is there and answers: the next post, now or later, is tried at once. */
	l->status.attempts = 0;
	episode_ended(&l->episode);
	set_state(l, COURIER_OK);
}

static void park(struct lane *l)
{
	l->status.parked = 1;
	l->open = 0;
	lane_look_again(l);
	keep_parked(l->courier, l->slot, 1);
	log_warning("HttpFeedback %d: %s is gone for good (HTTP 410): the slot is parked, its posts are "
		    "kept; xCommand "
		    "HttpFeedback Enable tries again",
		    l->slot, l->url);
	set_state(l, COURIER_FAILED);
}

/* Posts grow too old by a date that has run evenly for a day: one that jumps must not cost a post. */
void courier_expire(struct courier *k)
{
	int64_t now = k->o.now(k->o.arg), ms = loop_now_ms(k->o.loop),
		expected = k->date + (ms - k->date_ms) / 1000;
	if (!now || !k->date || now > expected + DATE_SLACK_S || now < expected - DATE_SLACK_S)
		k->steady_ms = ms;
	k->date = now;
	k->date_ms = ms;
	if (now && ms - k->steady_ms >= STEADY_MS)
		store_expire(k->o.store, now);
	k->o.dirty(k->o.arg);
}

/* Everything not under way is read anew at the next try: meanwhile it waits on disk, and what is dropped
 * there is not sent. */
static void wait_and_retry(struct lane *l, const struct carrier *c, const struct https_reply *r,
			   enum outcome what)
{
	int64_t asked_ms = retry_after_ms(r->retry_after_s, RETRY_AFTER_MAX_S);
	int64_t base = what == HOLD ? HOLD_BASE_MS : RETRY_BASE_MS,
		cap = what == HOLD ? HOLD_CAP_MS : RETRY_CAP_MS;
	lane_look_again(l);
	l->open = 0;
	if (l->status.attempts && !c->probing)
		return; /* of a window that fails together one failure counts */
	l->status.attempts++;
	int64_t delay = retry_delay_ms(l->status.attempts, base, cap, retry_random());
	if (delay < asked_ms)
		delay = asked_ms;
	if (episode_failed(&l->episode, (uint64_t)r->err.kind << 32 | (uint64_t)(r->err.code + r->status), 1,
			   loop_now_ms(l->courier->o.loop)))
		log_warning("HttpFeedback %d: post %s to %s not delivered: %s; attempt %u, next in %" PRId64
			    " s, it stays queued",
			    l->slot, c->post.id, l->url, l->status.last_error, l->status.attempts,
			    (delay + 999) / 1000);
	set_state(l, COURIER_FAILED);
	loop_timer_in(l->timer, delay);
	courier_expire(l->courier);
}

void lane_answered(void *arg, struct carrier *c, const struct https_reply *r)
{
	struct lane *l = arg;
	enum outcome what = judge(r);
	l->in_flight--;
	if (c->probing)
		l->probing = 0;
	l->status.last_status = r->status;
	if (r->verify_code >= 0)
		l->status.last_verdict = r->verify_code;
	else if (r->err.kind == ERR_TLS || r->err.kind == ERR_DATE)
		l->status.last_verdict = 50; /* judged without a handshake: no date, no root, no name */
	if (what != DELIVERED)
		why(r, l->status.last_error, sizeof l->status.last_error);
	if (what == DELIVERED)
		delivered(l, c);
	else if (what == DEAD)
		bury(l, c, r);
	else if (what == PARK)
		park(l);
	else
		wait_and_retry(l, c, r, what);
	carrier_drop(c);
	if (what == DELIVERED || what == DEAD)
		lane_step(l);
	if (l->courier->stopping)
		loop_timer_in(l->courier->deadline, 0);
}
