/* SPDX-License-Identifier: MIT */
/* rate: requests are answered at a rate; those that come faster wait, and those that find too many waiting
 * are refused. */
#ifndef WEB_RATE_H
#define WEB_RATE_H

#include <stdint.h>

struct rate {            /* all zero at first */
	int64_t next_ms; /* when the next request may be answered */
};
struct rate_limit {
	int64_t per_second, queue; /* per_second 0: no limit */
};

/* Returns how many milliseconds the request has to wait, and counts it; -1: `queue` others wait already, it
 * is refused and not counted. now_ms is a monotonic clock's. */
int64_t rate_take(struct rate *r, const struct rate_limit *l, int64_t now_ms);

#endif
