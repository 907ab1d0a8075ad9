/* SPDX-License-Identifier: MIT */
#include "delivery/delivery.h"

#include "base/log.h"
#include "base/mem.h"
#include "delivery_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ALL_SLOTS (~0u)

/* number of repeated commands that are logged one by one */
enum { COMMANDS_LOGGED = 10 };

void delivery_log(struct delivery *d, enum log_level level, const char *fmt, ...)
{
	char line[1024], more[EPISODE_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	uint64_t happened =
		episode_happened(&d->commands, episode_key(line), COMMANDS_LOGGED, loop_now_ms(d->o.loop));
	if (happened)
		log_line(level, "%s%s", line, episode_text(happened, more));
}

static void slot_changed(void *arg, int slot)
{
	struct delivery *d = arg;
	d->o.changed(d->o.arg, slot);
}

static void store_changed(void *arg)
{
	struct delivery *d = arg;
	d->o.commit_soon(d->o.arg);
}

static int64_t now(void *arg)
{
	struct delivery *d = arg;
	return d->o.now(d->o.arg);
}

static const struct wire_identity *identity(void *arg)
{
	struct delivery *d = arg;
	return d->o.identity(d->o.arg);
}

static void write_gap(void *arg, int slot, const struct store_slot *s, struct buf *body)
{
	struct delivery *d = arg;
	feedback_gap(d->feedback, slot, s, d->o.identity(d->o.arg), body);
}

static int may_merge(void *arg, int slot, int64_t sequence)
{
	return courier_may_merge(((struct delivery *)arg)->courier, slot, sequence);
}

struct delivery *delivery_new(const struct delivery_options *o)
{
	struct delivery *d = mem_new(sizeof *d);
	d->o = *o;
	d->feedback = feedback_new(
		&(struct feedback_options){ .store = o->store, .may_merge = may_merge, .arg = d });
	d->courier = courier_new(&(struct courier_options){ .loop = o->loop,
							    .store = o->store,
							    .https = o->https,
							    .changed = slot_changed,
							    .dirty = store_changed,
							    .now = now,
							    .identity = identity,
							    .gap = write_gap,
							    .arg = d });
	return d;
}

void delivery_free(struct delivery *d)
{
	if (!d)
		return;
	courier_free(d->courier);
	feedback_free(d->feedback);
	free(d);
}

void delivery_start(struct delivery *d)
{
	if (d->has_started)
		return;
	d->has_started = 1;
	delivery_configure(d);
}

int delivery_has_started(const struct delivery *d)
{
	return d->has_started;
}

void delivery_stop(struct delivery *d, int64_t limit_ms, void (*fn)(void *arg), void *arg)
{
	courier_stop(d->courier, limit_ms, fn, arg);
}

void delivery_configure(struct delivery *d)
{
	struct err e;
	for (int slot = 1; d->has_started && slot <= STORE_SLOTS; slot++)
		if (feedback_get(d->feedback, slot) && registrations_apply(d, slot, &e) < 0)
			log_error("HttpFeedback %d: not delivered: %s", slot, e.text);
}

void delivery_try_now(struct delivery *d)
{
	courier_try_now(d->courier, ALL_SLOTS);
}

void delivery_retry_unanswered(struct delivery *d)
{
	struct courier_status s;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		courier_status(d->courier, slot, &s);
		if (s.state == SLOT_WAITING && !s.last_status)
			courier_try_now(d->courier, 1u << slot);
	}
}

void delivery_expire(struct delivery *d)
{
	courier_check_date(d->courier);
}

void delivery_reload(struct delivery *d)
{
	feedback_read(d->feedback);
	delivery_configure(d);
	courier_reread(d->courier, ALL_SLOTS);
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		d->o.changed(d->o.arg, slot);
}

int delivery_post(struct delivery *d, const struct doc *change, struct err *e)
{
	struct feedback_posted posted;
	if (!feedback_concerns(d->feedback, change))
		return 0;
	int r = feedback_post(d->feedback, change, d->o.identity(d->o.arg), now(d), &posted, e);
	d->posted |= posted.slots;
	/* A merged post has replaced one that the courier may have read ahead. That one must not be sent any
	 * more, even though the replacement is not committed yet. */
	if (posted.merged)
		courier_reread(d->courier, posted.merged);
	return r;
}

void delivery_committed(struct delivery *d)
{
	courier_wake(d->courier, d->posted);
	d->posted = 0;
}

void delivery_rolled_back(struct delivery *d)
{
	d->posted = 0;
	feedback_forget_pending(d->feedback);
	/* the posts that had been replaced by merged ones are in the queue again */
	courier_reread(d->courier, ALL_SLOTS);
}

int delivery_is_busy(const struct delivery *d)
{
	return courier_is_busy(d->courier);
}
