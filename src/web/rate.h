/* SPDX-License-Identifier: MIT */
/* rate: limits the rate at which requests are answered. Requests that come too fast wait; if too many wait
 * already, they are refused. */
#ifndef WEB_RATE_H
#define WEB_RATE_H

#include <stdint.h>

enum { RATE_WAIT_MAX_MS = 120 * 1000 }; /* no request waits longer than this */

struct rate {            /* all zero at first */
	int64_t next_ms; /* when the next request may be answered */
};
struct rate_limit {
	int64_t per_second, queue; /* per_second 0: no limit; queue: requests that may wait */
};

/* Returns the milliseconds for which the request has to wait, and counts it; -1: `queue` requests wait
 * already, or it would have to wait too long: it is refused and not counted. now_ms is the time of a
 * monotonic clock. */
int64_t rate_take(struct rate *r, const struct rate_limit *l, int64_t now_ms);

#endif
