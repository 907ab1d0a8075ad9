#include "courier.h"

#include "base/log.h"
#include "base/mem.h"
#include "episode.h"
#include "retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_BASE_MS = 1000, RETRY_CAP_MS = 300000,	/* the server or the way to it fails */
	HOLD_BASE_MS = 15000, HOLD_CAP_MS = 900000,	/* it is not believed, or wants something of the administrator */
	RETRY_AFTER_MAX_S = 3600,
};

/* What becomes of a post after an answer. */
enum outcome { DELIVERED, RETRY, HOLD, PARK, DEAD };

struct lane {				/* one slot's way to its server */
	struct courier *courier;
	int slot;
	char *url;
	struct courier_target target;	/* url points to the copy */
	struct https_peer *peer;
	struct loop_timer *timer;
	struct store_post post;		/* in flight or waiting for its next try; body NULL: none loaded */
	char id[STORE_ID + 16], sequence[48], stamp[48];	/* its headers, borrowed by the post in flight */
	int in_flight;
	int64_t after;			/* last sequence that is done with */
	struct episode episode;
	struct courier_status status;
};

struct courier {
	struct courier_options o;
	struct lane lanes[STORE_SLOTS + 1];
	int stopping;
	struct loop_timer *deadline;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

static void lane_step(void *arg);

struct courier *courier_new(const struct courier_options *o)
{
	struct courier *c = mem_new(sizeof *c);
	c->o = *o;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		c->lanes[slot] = (struct lane){ .courier = c, .slot = slot, .status = { .last_verdict = -1, .next_ms = -1 } };
	return c;
}

static void drop_post(struct lane *l)
{
	free(l->post.body);
	l->post.body = NULL;
}

void courier_clear(struct courier *c, int slot)
{
	struct lane *l = &c->lanes[slot];
	https_peer_free(l->peer);
	loop_timer_free(l->timer);
	drop_post(l);
	free(l->url);
	*l = (struct lane){ .courier = c, .slot = slot, .status = { .last_verdict = -1, .next_ms = -1 } };
}

void courier_free(struct courier *c)
{
	if (!c)
		return;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		courier_clear(c, slot);
	loop_timer_free(c->deadline);
	free(c);
}

static void check_stopped(void *arg)
{
	struct courier *c = arg;
	int in_flight = 0;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		in_flight += c->lanes[slot].in_flight;
	if (in_flight && loop_timer_armed(c->deadline))
		return;
	void (*fn)(void *) = c->stopped;
	c->stopped = NULL;
	if (fn)
		fn(c->stopped_arg);
}

void courier_stop(struct courier *c, int64_t limit_ms, void (*fn)(void *arg), void *arg)
{
	int in_flight = 0;
	c->stopping = 1;
	c->stopped = fn;
	c->stopped_arg = arg;
	c->deadline = loop_timer_new(c->o.loop, check_stopped, c);
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		in_flight += c->lanes[slot].in_flight;
	loop_timer_in(c->deadline, in_flight ? limit_ms : 0);
}

static int same_target(const struct lane *l, const struct courier_target *t)
{
	return l->peer && strcmp(l->url, t->url) == 0 && l->target.json == t->json && l->target.verify == t->verify &&
	       memcmp(&l->target.policy, &t->policy, sizeof t->policy) == 0;
}

int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e)
{
	struct lane *l = &c->lanes[slot];
	char service[32];
	if (same_target(l, t)) {
		courier_retry(c, 1u << slot);
		return 0;
	}
	snprintf(service, sizeof service, "HttpFeedback %d", slot);
	struct https_peer_options o = {
		.service = service, .url = t->url, .verify = t->verify ? HTTPS_VERIFY_ON : HTTPS_VERIFY_OFF, .policy = t->policy,
		.headers = { t->json ? "Content-Type: application/json" : "Content-Type: text/xml; charset=utf-8" },
	};
	struct https_peer *peer;
	if (https_peer_new(c->o.https, &o, &peer, e) < 0)
		return -1;
	courier_clear(c, slot);
	l->peer = peer;
	l->url = mem_dup(t->url);
	l->target = *t;
	l->target.url = l->url;
	l->timer = loop_timer_new(c->o.loop, lane_step, l);
	loop_timer_in(l->timer, 0);
	return 0;
}

void courier_wake(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct lane *l = &c->lanes[slot];
		/* A lane with a post in hand is in flight or waits for its retry: new posts queue behind it. */
		if ((slots & 1u << slot) && l->peer && !l->post.body)
			loop_timer_in(l->timer, 0);
	}
}

void courier_retry(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct lane *l = &c->lanes[slot];
		if (!(slots & 1u << slot) || !l->peer || l->in_flight)
			continue;
		l->status.attempts = 0;
		l->status.parked = 0;
		loop_timer_in(l->timer, 0);
	}
}

void courier_status(const struct courier *c, int slot, struct courier_status *ret)
{
	const struct lane *l = &c->lanes[slot];
	*ret = l->status;
	ret->next_ms = l->timer && l->status.attempts ? loop_timer_left(l->timer) : -1;
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
	case 400: case 413: case 422:
		return DEAD;
	case 401: case 403: case 404: case 407:
		return HOLD;
	case 410:
		return PARK;
	default:
		return RETRY;
	}
}

static void set_state(struct lane *l, enum courier_state state)
{
	if (l->status.state == state)
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

static void post_is_done(struct lane *l)
{
	l->after = l->post.sequence;
	drop_post(l);
	lane_step(l);
}

static void delivered(struct lane *l)
{
	struct err e;
	if (store_post_done(l->courier->o.store, l->slot, l->post.sequence, &e) < 0)
		log_error("HttpFeedback %d: post %s was delivered but could not be marked so, it may be sent again: %s", l->slot,
			  l->post.id, e.text);
	uint64_t failures = episode_ended(&l->episode);
	if (failures)
		log_notice("HttpFeedback %d: recovered after %" PRIu64 " failed attempts", l->slot, failures);
	l->status.delivered++;
	l->status.attempts = 0;
	l->status.last_error[0] = '\0';
	set_state(l, COURIER_OK);
	post_is_done(l);
}

static void bury(struct lane *l, const struct https_reply *r)
{
	struct err e;
	log_warning("HttpFeedback %d: post %s goes to the dead letters: %s", l->slot, l->post.id, l->status.last_error);
	if (store_post_dead(l->courier->o.store, l->slot, l->post.sequence, r->status, l->status.last_error, &e) < 0)
		log_error("HttpFeedback %d: post %s stays queued: %s", l->slot, l->post.id, e.text);
	set_state(l, COURIER_FAILED);
	post_is_done(l);
}

static void wait_and_retry(struct lane *l, const struct https_reply *r, enum outcome what)
{
	int64_t delay, asked_ms = r->retry_after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S * 1000 : r->retry_after_s * 1000;
	l->status.attempts++;
	if (what == HOLD)
		delay = retry_delay_ms(l->status.attempts, HOLD_BASE_MS, HOLD_CAP_MS, retry_random());
	else
		delay = retry_delay_ms(l->status.attempts, RETRY_BASE_MS, RETRY_CAP_MS, retry_random());
	if (delay < asked_ms)
		delay = asked_ms;
	if (episode_failed(&l->episode, (uint64_t)r->err.kind << 32 | (uint64_t)(r->err.code + r->status), 1,
			   loop_now_ms(l->courier->o.loop)))
		log_warning("HttpFeedback %d: post %s to %s not delivered: %s; attempt %u, next in %" PRId64 " s, it stays queued",
			    l->slot, l->post.id, l->url, l->status.last_error, l->status.attempts, (delay + 999) / 1000);
	set_state(l, COURIER_FAILED);
	loop_timer_in(l->timer, delay);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct lane *l = arg;
	enum outcome what = judge(r);
	l->in_flight = 0;
	l->status.last_status = r->status;
	if (r->verdict)
		l->status.last_verdict = r->verdict->code;
	else if (r->err.kind == ERR_TLS || r->err.kind == ERR_DATE)
		l->status.last_verdict = 50;	/* judged without a handshake: no date, no root, no name */
	if (what != DELIVERED)
		why(r, l->status.last_error, sizeof l->status.last_error);
	switch (what) {
	case DELIVERED:
		delivered(l);
		break;
	case DEAD:
		bury(l, r);
		break;
	case PARK:
		l->status.parked = 1;
		log_warning("HttpFeedback %d: %s is gone for good (HTTP 410): the slot is parked, its posts are kept; xCommand "
			    "HttpFeedback Enable tries again", l->slot, l->url);
		set_state(l, COURIER_FAILED);
		break;
	default:
		wait_and_retry(l, r, what);
	}
	if (l->courier->stopping)
		loop_timer_in(l->courier->deadline, 0);
}

/* Loads the next post unless one is in hand. 1: there is one. */
static int load(struct lane *l)
{
	struct err e;
	if (l->post.body)
		return 1;
	int r = store_post_next(l->courier->o.store, l->slot, l->after, &l->post, &e);
	if (r < 0) {
		if (episode_failed(&l->episode, episode_key(e.text), 1, loop_now_ms(l->courier->o.loop)))
			log_error("HttpFeedback %d: cannot read the next post: %s", l->slot, e.text);
		loop_timer_in(l->timer, RETRY_BASE_MS);
	}
	return r == 0;
}

static void send_post(struct lane *l)
{
	const char *headers[] = { l->id, l->sequence, l->stamp };
	struct err e;
	snprintf(l->id, sizeof l->id, "webhook-id: %s", l->post.id);
	snprintf(l->sequence, sizeof l->sequence, "Sealpost-Sequence: %" PRId64, l->post.sequence);
	snprintf(l->stamp, sizeof l->stamp, "webhook-timestamp: %" PRId64, l->post.created_at);
	if (https_post(l->peer, l->post.body, l->post.len, headers, l->post.created_at ? 3 : 2, answered, l, &e) < 0) {
		struct https_reply none = { .err = e, .retry_after_s = -1 };
		answered(l, &none);
		return;
	}
	l->in_flight = 1;
}

static void lane_step(void *arg)
{
	struct lane *l = arg;
	if (l->in_flight || l->status.parked || l->courier->stopping)
		return;
	if (load(l))
		send_post(l);
}
