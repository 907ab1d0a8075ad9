/* SPDX-License-Identifier: MIT */
/* retry: how long to wait before the next try. Pure functions. */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <stdint.h>

/* Milliseconds before try number `attempt` + 1 (attempt failed tries so far, from 1): doubling from base to
 * cap. Full jitter on the first retry and at the cap, so that a fleet which lost its server at one moment
 * does not come back at one moment; half jitter between. random: any 32 bits. Never below 1. */
int64_t retry_delay_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, uint32_t random);
/* A delay that keeps a server's Retry-After (seconds; 0 or less: it gave none), of which at most max_s count:
 * delay_ms, or, if that is too soon, what the server asked for and up to a tenth more, so that not all of a
 * fleet come at the same moment. */
int64_t retry_not_before_ms(int64_t delay_ms, int64_t retry_after_s, int64_t max_s);
/* How a service tries again: the delay doubles from base to cap, and no Retry-After counts for longer than
 * the limit. */
struct retry_rule {
	int64_t base_ms, cap_ms, retry_after_max_s;
};
/* Both together: milliseconds until the next try after this many failed ones (from 1). */
int64_t retry_next_ms(const struct retry_rule *r, unsigned attempts, int64_t retry_after_s);
/* 32 bits from the kernel. */
uint32_t retry_random(void);
/* Where in [0, span) this device stands: the same at every call for the same identity (a hash of it), so that
 * heartbeats of a fleet are spread evenly and stay so. */
int64_t retry_phase_ms(const char *identity, int64_t span_ms);
/* Milliseconds until this device's own place in the period comes next, at least an eighth of the period, plus
 * up to a fiftieth of jitter: a fleet is spread evenly over the period and stays so, whatever made it act at
 * one moment. */
int64_t retry_place_ms(const char *identity, int64_t period_ms, int64_t now_ms, uint32_t random);

/* So many at once, and then one at a time: whoever sets things off cannot do so without end. */
struct retry_pace {
	int64_t spent_ms, at_ms;
}; /* all zero to begin with */
/* 0: now, and it is counted; else milliseconds until one is allowed. `burst` at once, then one each
 * each_ms. */
int64_t retry_pace_ms(struct retry_pace *p, int64_t each_ms, int64_t burst, int64_t now_ms);

#endif
