/* SPDX-License-Identifier: MIT */
/* retry: calculates how long to wait before the next try. */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <stdint.h>

/* Returns how many milliseconds to wait after `attempt` failed tries in a row (1 or more). The limit of the
 * wait is base_ms, doubled with each further failure up to cap_ms. After the first failure, and when the
 * limit is cap_ms, the wait is random between 1 and the limit, so that devices which lost their server at the
 * same moment do not return at the same moment; otherwise it is random between half the limit and the limit.
 * random: any 32 bits. */
int64_t retry_delay_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, uint32_t random);
/* Returns a delay that respects a server's Retry-After (in seconds; 0 or less: the server sent none), but at
 * most max_s of it: the requested time plus a random part of up to 5 s, or of up to a tenth of the requested
 * time if that is more, so that not all devices return at the same moment; or delay_ms if it is longer. */
int64_t retry_not_before_ms(int64_t delay_ms, int64_t retry_after_s, int64_t max_s);
/* How a service repeats failed tries: base_ms and cap_ms as for retry_delay_ms, and the longest Retry-After
 * that it respects. */
struct retry_rule {
	int64_t base_ms, cap_ms, retry_after_max_s; /* base_ms: the limit of the first wait */
};
/* The rules for a feedback server or the log server that fails, for a manager that fails, for a document that
 * is posted for the manager, and for failures of these servers that last until an administrator acts: the
 * certificate is not trusted, the server refuses the login, the URL is wrong. All numbers of these rules are
 * in src/base/retry.c. retry_keys: for establishing keys with a time server (RFC 8915, 4.2). */
extern const struct retry_rule retry_feedback, retry_manager, retry_document, retry_until_administrator,
	retry_keys;
struct retry_tries {
	unsigned attempts;    /* failed tries in a row, 1 or more */
	const char *identity; /* hashed to this device's offset in the period; NULL: it has no offset */
	int64_t now_ms;
};
/* Returns the milliseconds until the next try: retry_delay_ms while the limit of the wait grows, then the
 * device's own offset in a period of cap_ms (retry_until_offset_ms), and retry_not_before_ms of either. */
int64_t retry_next_ms(const struct retry_rule *r, const struct retry_tries *t, int64_t retry_after_s);
/* Returns this device's own offset in a period of span_ms, from 0 to span_ms - 1. It is a hash of the
 * identity, so it never changes, and the offsets of many devices are spread evenly. */
int64_t retry_offset_ms(const char *identity, int64_t span_ms);
/* Returns the milliseconds until this device's offset (retry_offset_ms) is next reached in the period, but at
 * least an eighth of the period, plus a random part of up to a fiftieth: so at most 1.145 periods, since an
 * offset that is nearer than an eighth is left out. So many devices are spread evenly over the period again,
 * even after an event that made all of them act at the same moment. */
int64_t retry_until_offset_ms(const char *identity, int64_t period_ms, int64_t now_ms, uint32_t random);

/* Limits how often something may be done: a number of times at once, and then once per interval. */
struct retry_pace {       /* all zero at the beginning */
	int64_t spent_ms; /* the sum of the intervals that were used up to at_ms and have not passed yet */
	int64_t at_ms;    /* when retry_pace_ms was last called */
};
/* Returns 0 if the action may be done now, and counts it; otherwise the milliseconds until it is allowed.
 * `burst` actions are allowed at once, then one every each_ms. */
int64_t retry_pace_ms(struct retry_pace *p, int64_t each_ms, int64_t burst, int64_t now_ms);

#endif
