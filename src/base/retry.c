/* SPDX-License-Identifier: MIT */
#include "base/retry.h"

#include "base/num.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum {
	FAILURE_CAP_MS = 5 * 60 * 1000, /* the limit of the wait while a server fails */
	RETRY_AFTER_MAX_S = 60 * 60,    /* the longest Retry-After of a server that is respected */
};
const struct retry_rule retry_feedback = { .base_ms = 1000,
					   .cap_ms = FAILURE_CAP_MS,
					   .retry_after_max_s = RETRY_AFTER_MAX_S };
const struct retry_rule retry_manager = { .base_ms = 5000,
					  .cap_ms = FAILURE_CAP_MS,
					  .retry_after_max_s = RETRY_AFTER_MAX_S };
const struct retry_rule retry_document = { .base_ms = 5000,
					   .cap_ms = 60 * 1000,
					   .retry_after_max_s = 10 * 60 };
const struct retry_rule retry_until_administrator = { .base_ms = 15 * 1000,
						      .cap_ms = 15 * 60 * 1000,
						      .retry_after_max_s = RETRY_AFTER_MAX_S };

const struct retry_rule retry_keys = { .base_ms = 10 * 1000, .cap_ms = 15 * 60 * 1000 };

/* The minimum time over which devices that got the same Retry-After are spread. */
enum { SPREAD_MIN_MS = 5000 };

int64_t retry_delay_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, uint32_t random)
{
	int64_t delay = base_ms;
	for (unsigned i = 1; i < attempt && delay < cap_ms; i++)
		delay *= 2;
	int64_t part = random >> 1, whole = INT64_C(1) << 31;
	if (delay >= cap_ms)
		return 1 + cap_ms * part / whole;
	if (attempt <= 1)
		return 1 + delay * part / whole;
	return delay / 2 + 1 + delay / 2 * part / whole;
}

int64_t retry_not_before_ms(int64_t delay_ms, int64_t retry_after_s, int64_t max_s)
{
	if (retry_after_s <= 0)
		return delay_ms;
	int64_t asked_ms = (retry_after_s < max_s ? retry_after_s : max_s) * 1000;
	int64_t spread_ms = asked_ms / 10 > SPREAD_MIN_MS ? asked_ms / 10 : SPREAD_MIN_MS;
	int64_t at_ms = asked_ms + (int64_t)(random_bits() % (uint32_t)spread_ms);
	return delay_ms > at_ms ? delay_ms : at_ms;
}

/* When the limit of the wait is the cap, each device retries at its own offset in the period. (The first
 * comparison keeps the shift within the integer.) */
int64_t retry_next_ms(const struct retry_rule *r, const struct retry_tries *t, int64_t retry_after_s)
{
	unsigned doublings = t->attempts ? t->attempts - 1 : 0;
	int is_growing = doublings < 16 && r->base_ms << doublings < r->cap_ms;
	int64_t delay_ms = is_growing || !t->identity
				   ? retry_delay_ms(t->attempts, r->base_ms, r->cap_ms, random_bits())
				   : retry_until_offset_ms(t->identity, r->cap_ms, t->now_ms, random_bits());
	return retry_not_before_ms(delay_ms, retry_after_s, r->retry_after_max_s);
}

int64_t retry_offset_ms(const char *identity, int64_t span_ms)
{
	uint64_t hash = num_hash(NUM_HASH, identity, strlen(identity));
	/* so that similar identities have very different hashes */
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	return span_ms > 0 ? (int64_t)(hash % (uint64_t)span_ms) : 0;
}

int64_t retry_until_offset_ms(const char *identity, int64_t period_ms, int64_t now_ms, uint32_t random)
{
	int64_t since = (now_ms - retry_offset_ms(identity, period_ms)) % period_ms;
	int64_t wait = period_ms - (since < 0 ? since + period_ms : since);
	if (wait < period_ms / 8)
		wait += period_ms;
	return wait + (int64_t)random % (period_ms / 50 + 1);
}

int64_t retry_pace_ms(struct retry_pace *p, int64_t each_ms, int64_t burst, int64_t now_ms)
{
	int64_t left = p->spent_ms - (now_ms - p->at_ms);
	p->spent_ms = left > 0 ? left : 0;
	p->at_ms = now_ms;
	if (p->spent_ms > each_ms * (burst - 1))
		return p->spent_ms - each_ms * (burst - 1);
	p->spent_ms += each_ms;
	return 0;
}
