/* SPDX-License-Identifier: MIT */
#include "courier.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/retry.h"
#include "slot.h"
#include "service/failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Posts are dropped for their age only after the trusted date has not jumped for this long. */
	STEADY_MS = 24 * 3600 * 1000,
	/* A jump: the date differs from the last one plus the elapsed time by more than this. */
	DATE_JUMP_S = 600,
	DEAD_LOGGED = 10, /* this number of dead letters get a log line each */
};

/* What is done with a post after its answer. RETRY waits by the rule retry_feedback (base/retry.c),
 * RETRY_RARELY by retry_until_administrator, for failures that most often last until an administrator does
 * something:
 *
 * - the certificate is not trusted, and the host has no other address that could be tried;
 * - the date is not known; a setting is wrong (ERR_CONFIG);
 * - HTTP 401 or 403, or nginx's 400 about a client certificate: the server refuses access; 404: the URL is
 *   wrong; 407: a proxy asks for a log-in. */
enum outcome { DELIVERED, RETRY, RETRY_RARELY, PARK, REFUSED_FOR_GOOD };

static struct slot closed_slot(struct courier *c, int slot)
{
	return (struct slot){ .courier = c,
			      .number = slot,
			      .status = { .state = SLOT_CLOSED, .last_verdict = -1, .next_ms = -1 } };
}

struct courier *courier_new(const struct courier_options *o)
{
	struct courier *c = mem_new(sizeof *c);
	c->o = *o;
	c->after_backlog = after_backlog_new(o->loop, o->store);
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		c->slots[slot] = closed_slot(c, slot);
	return c;
}

/* Writes the name of the value in the store that tells whether the slot is parked, so that it stays parked
 * after a restart. */
static void parked_key(int slot, char ret[16])
{
	snprintf(ret, 16, "parked_%d", slot);
}

static int is_stored_as_parked(const struct courier *c, int slot)
{
	char key[16];
	parked_key(slot, key);
	return store_get(c->o.store, key, 0) != 0;
}

static void store_parked(struct courier *c, int slot, int parked)
{
	char key[16];
	struct err e;
	if (is_stored_as_parked(c, slot) == parked)
		return;
	parked_key(slot, key);
	if (store_set(c->o.store, key, parked, &e) < 0)
		log_error("HttpFeedback %d: the store could not keep that the slot is %sparked, so a restart "
			  "will not know it: %s",
			  slot, parked ? "" : "no longer ", e.text);
	c->o.dirty(c->o.arg);
}

static void close_slot(struct courier *c, int slot)
{
	struct slot *s = &c->slots[slot];
	while (s->senders) {
		struct sender *next = s->senders->next;
		sender_free(s->senders);
		s->senders = next;
	}
	loop_timer_free(s->timer);
	slot_discard_ahead(s);
	explicit_bzero(&s->key, sizeof s->key);
	*s = closed_slot(c, slot);
}

void courier_clear(struct courier *c, int slot)
{
	close_slot(c, slot);
	store_parked(c, slot, 0);
}

void courier_free(struct courier *c)
{
	if (!c)
		return;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		close_slot(c, slot);
	loop_timer_free(c->deadline);
	after_backlog_free(c->after_backlog);
	free(c);
}

int courier_is_busy(const struct courier *c)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (c->slots[slot].in_flight)
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

static int is_same_target(const struct slot *s, const struct courier_target *t, const struct hmac_key *key)
{
	return s->status.state != SLOT_CLOSED && s->target.window == t->window &&
	       memcmp(&s->target.server, &t->server, sizeof t->server) == 0 && s->key.len == key->len &&
	       memcmp(s->key.bytes, key->bytes, key->len) == 0;
}

static void answered(void *slot, struct sender *sender, const struct https_reply *r);

int courier_set(struct courier *c, int slot, const struct courier_target *t, struct err *e)
{
	struct slot *s = &c->slots[slot], fresh = closed_slot(c, slot);
	fresh.target = *t;
	fresh.sent = s->sent;
	fresh.answered = answered;
	if (t->secret && *t->secret && hmac_key_parse(t->secret, &fresh.key, e) < 0)
		return err_prefix(e, "the secret");
	if (is_same_target(s, t, &fresh.key)) {
		courier_try_now(c, 1u << slot);
		return 0;
	}
	if (slot_add_sender(&fresh, e) < 0)
		return -1;
	close_slot(c, slot);
	*s = fresh;
	explicit_bzero(&fresh.key, sizeof fresh.key);
	s->senders->arg = s;
	s->target.secret = NULL;
	s->may_have_gap = 1;
	s->timer = loop_timer_new(c->o.loop, slot_send, s);
	s->status.state = SLOT_UNPROVEN;
	if (is_stored_as_parked(c, slot)) {
		s->status.state = SLOT_PARKED;
		s->status.has_failed = 1;
		s->status.last_status = 410;
	}
	loop_timer_in(s->timer, 0);
	return 0;
}

void courier_reread(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (slots & 1u << slot)
			slot_discard_ahead(&c->slots[slot]);
	courier_wake(c, slots);
}

void courier_wake(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct slot *s = &c->slots[slot];
		/* A slot that is sending, or waits for its next try, will read the new posts anyway. */
		if ((slots & 1u << slot) && slot_has_room(s))
			loop_timer_in(s->timer, 0);
	}
}

void courier_try_now(struct courier *c, unsigned slots)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct slot *s = &c->slots[slot];
		if (!(slots & 1u << slot) || s->status.state == SLOT_CLOSED ||
		    s->status.state == SLOT_PROBING)
			continue;
		if (s->status.state == SLOT_WAITING)
			s->status.state = SLOT_UNPROVEN;
		s->status.attempts = 0;
		loop_timer_in(s->timer, 0);
	}
}

void courier_unpark(struct courier *c, int slot)
{
	if (c->slots[slot].status.state == SLOT_PARKED)
		c->slots[slot].status.state = SLOT_UNPROVEN;
	store_parked(c, slot, 0);
	courier_try_now(c, 1u << slot);
}

void courier_log_anew(struct courier *c, int slot)
{
	episode_renew(&c->slots[slot].failures);
	episode_renew(&c->slots[slot].refusals);
}

void courier_status(const struct courier *c, int slot, struct courier_status *ret)
{
	const struct slot *s = &c->slots[slot];
	*ret = s->status;
	ret->next_ms = s->status.state == SLOT_WAITING ? loop_timer_left(s->timer) : -1;
}

int courier_may_merge(const struct courier *c, int slot, int64_t sequence)
{
	const struct slot *s = &c->slots[slot];
	return (s->status.state == SLOT_CLOSED || s->status.has_failed) && (!sequence || sequence > s->sent);
}

static enum outcome outcome_of(const struct https_reply *r)
{
	if ((r->err.kind == ERR_TLS && !r->has_other_address) || r->err.kind == ERR_DATE ||
	    r->err.kind == ERR_CONFIG)
		return RETRY_RARELY;
	if (r->err.kind != ERR_NONE)
		return RETRY;
	if (r->status >= 200 && r->status < 300)
		return DELIVERED;
	switch (r->status) {
	case 400: return failure_is_client_certificate(r) ? RETRY_RARELY : REFUSED_FOR_GOOD;
	case 413:
	case 422: return REFUSED_FOR_GOOD;
	case 401:
	case 403:
	case 404:
	case 407: return RETRY_RARELY;
	case 410: return PARK;
	default: return RETRY;
	}
}

static void set_failed(struct slot *s, int failed)
{
	if (s->status.has_failed == failed)
		return;
	s->status.has_failed = failed;
	s->courier->o.changed(s->courier->o.arg, s->number);
}

/* To be called when the server works. If it had failed before, logs the end of its failures. */
static void log_works(struct slot *s)
{
	uint64_t failures = episode_ended(&s->failures, loop_now_ms(s->courier->o.loop));
	if (failures)
		slot_log(s, LOG_KIND_FEEDBACK_DELIVERED, "recovered after %" PRIu64 " failed attempt%s",
			 failures, failures == 1 ? "" : "s");
}

static void accepted(struct slot *s, const struct sender *sender)
{
	struct store *store = s->courier->o.store;
	struct err e;
	int n = sender->is_gap ? store_gap_report_done(store, s->number, sender->post.sequence, &e)
			       : store_post_done(store, s->number, sender->post.sequence, &e);
	if (n == 0)
		episode_ended(&s->disk, loop_now_ms(s->courier->o.loop));
	else if (slot_disk_failed(s, "mark"))
		log_error("HttpFeedback %d: post %s was delivered but could not be marked so, it may be sent "
			  "again: %s",
			  s->number, sender->post.id, e.text);
	if (sender->is_gap)
		s->courier->o.dirty(s->courier->o.arg);
	else
		s->status.delivered++;
	after_backlog_left(s->courier->after_backlog);
	log_works(s);
	episode_ended(&s->refusals, loop_now_ms(s->courier->o.loop));
	if (s->status.state == SLOT_WAITING)
		loop_timer_stop(s->timer);
	s->status.attempts = 0;
	s->status.last_error[0] = '\0';
	/* With a window, other posts may still have been under way when the slot was parked. If the server
	 * accepts one of them, the slot stays parked. */
	if (s->status.state == SLOT_PARKED)
		return;
	s->limit = s->status.state == SLOT_OPEN ? s->limit + 1 : 2;
	if (s->limit > s->target.window)
		s->limit = s->target.window;
	s->status.state = SLOT_OPEN;
	set_failed(s, 0);
}

/* Returns 1 if the answer to this post is too old to change the slot's state. With a window, it may arrive
 * when the slot has been parked, or when a newer post already probes the server. */
static int is_stale(const struct slot *s, const struct sender *sender)
{
	return s->status.state == SLOT_PARKED || (s->status.state == SLOT_PROBING && !sender->is_probe);
}

/* Removes a post from the queue that the server will never accept. A post that reports a gap is deleted; any
 * other becomes a dead letter, for the administrator to look at. */
static void to_dead_letters(struct slot *s, const struct sender *sender, const struct https_reply *r)
{
	struct err e;
	int n, is_logged = episode_failed(&s->refusals, (uint64_t)r->status * 2 + (unsigned)sender->is_gap,
					  DEAD_LOGGED, loop_now_ms(s->courier->o.loop));
	if (sender->is_gap) {
		if (is_logged)
			log_warning("HttpFeedback %d: the server refuses the event that reports dropped "
				    "posts; it is not sent again: %s",
				    s->number, s->status.last_error);
		n = store_gap_report_done(s->courier->o.store, s->number, sender->post.sequence, &e);
	} else {
		if (is_logged)
			log_warning("HttpFeedback %d: post %s goes to the dead letters (refusal %" PRIu64
				    " in this series): %s",
				    s->number, sender->post.id, s->refusals.n, s->status.last_error);
		n = store_post_to_dead_letters(s->courier->o.store, s->number, sender->post.sequence,
					       r->status, s->status.last_error, &e);
	}
	if (n < 0 && slot_disk_failed(s, "dead"))
		log_error("HttpFeedback %d: post %s stays queued: %s", s->number, sender->post.id, e.text);
	s->courier->o.dirty(s->courier->o.arg);
	after_backlog_left(s->courier->after_backlog);
	s->status.attempts = 0;
	log_works(s);
	if (is_stale(s, sender))
		return;
	/* The server has answered, so it works: the next post is sent without waiting. */
	if (s->status.state != SLOT_OPEN)
		s->status.state = SLOT_UNPROVEN;
	set_failed(s, 0);
}

static void park(struct slot *s)
{
	s->status.state = SLOT_PARKED;
	slot_discard_ahead(s);
	store_parked(s->courier, s->number, 1);
	log_warning("HttpFeedback %d: %s is gone for good (HTTP 410): the slot is parked, its posts are "
		    "kept; xCommand HttpFeedback Enable tries again",
		    s->number, slot_server(s, (char[SERVICE_URL]){ 0 }));
	set_failed(s, 1);
}

void courier_check_date(struct courier *c)
{
	int64_t now = c->o.now(c->o.arg), ms = loop_now_ms(c->o.loop),
		expected = c->date.unix_s + (ms - c->date.read_ms) / 1000;
	/* A date that jumped may be wrong, and must not make posts look too old. */
	if (!now || !c->date.unix_s || now > expected + DATE_JUMP_S || now < expected - DATE_JUMP_S)
		c->date.since_ms = ms;
	c->date.unix_s = now;
	c->date.read_ms = ms;
	if (now && ms - c->date.since_ms >= STEADY_MS)
		store_set_date(c->o.store, now);
	c->o.dirty(c->o.arg);
}

/* Returns the wait until the next try. When the waits have grown to their maximum, each slot of each device
 * tries at a fixed offset in each period of 5 (or 15) minutes, which is derived from the MAC address, the
 * serial number and the slot. */
static int64_t delay_of(const struct slot *s, const struct retry_rule *rule, int64_t retry_after_s)
{
	const struct courier_options *o = &s->courier->o;
	const struct wire_identity *who = o->identity(o->arg);
	char hashed[sizeof who->mac_address + sizeof who->serial_number + 16];
	snprintf(hashed, sizeof hashed, "%s %s %d", who->mac_address, who->serial_number, s->number);
	return retry_next_ms(rule,
			     &(struct retry_tries){ .attempts = s->status.attempts,
						    .identity = hashed,
						    .now_ms = loop_now_ms(o->loop) },
			     retry_after_s);
}

static void wait_and_retry(struct slot *s, const struct sender *sender, const struct https_reply *r,
			   const struct retry_rule *rule)
{
	/* Posts that were read ahead may be dropped from the queue while the slot waits. */
	slot_discard_ahead(s);
	/* If several posts of a window fail together, only the first failure counts. */
	if (is_stale(s, sender) || (s->status.attempts && !sender->is_probe))
		return;
	s->status.state = SLOT_WAITING;
	s->status.attempts++;
	int64_t delay = delay_of(s, rule, r->retry_after_s);
	if (episode_failed(&s->failures, (uint64_t)r->err.kind << 32 | (uint64_t)(r->err.code + r->status), 1,
			   loop_now_ms(s->courier->o.loop)))
		slot_log(s, LOG_KIND_FEEDBACK_FAILED,
			 "post %s to %s not delivered: %s; attempt %u, next in %" PRId64
			 " s, it stays queued",
			 sender->post.id, slot_server(s, (char[SERVICE_URL]){ 0 }), s->status.last_error,
			 s->status.attempts, (delay + 999) / 1000);
	set_failed(s, 1);
	loop_timer_in(s->timer, delay);
	courier_check_date(s->courier);
}

static void keep_answer(struct slot *s, enum outcome what, const struct https_reply *r)
{
	s->status.last_status = r->status;
	if (r->verify_code >= 0)
		s->status.last_verdict = r->verify_code;
	else if (r->err.kind == ERR_TLS || r->err.kind == ERR_DATE)
		s->status.last_verdict = VERIFY_REFUSED_BEFORE_HANDSHAKE;
	if (what != DELIVERED)
		failure_describe(SERVICE_FEEDBACK, r, s->status.last_error, sizeof s->status.last_error);
}

/* Called for each post that was sent, with the server's answer or the error: decides what is done with the
 * post, and changes the slot's state. */
static void answered(void *arg, struct sender *sender, const struct https_reply *r)
{
	struct slot *s = arg;
	enum outcome what = outcome_of(r);
	s->in_flight--;
	keep_answer(s, what, r);
	switch (what) {
	case DELIVERED:
		slot_note_answer(s, sender, r);
		accepted(s, sender);
		break;
	case REFUSED_FOR_GOOD: to_dead_letters(s, sender, r); break;
	case PARK: park(s); break;
	case RETRY: wait_and_retry(s, sender, r, &retry_feedback); break;
	case RETRY_RARELY: wait_and_retry(s, sender, r, &retry_until_administrator); break;
	}
	sender_drop(sender);
	if (what == DELIVERED || what == REFUSED_FOR_GOOD)
		slot_send(s);
	if (s->courier->stopping)
		loop_timer_in(s->courier->deadline, 0);
}
