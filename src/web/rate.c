/* SPDX-License-Identifier: MIT */
#include "rate.h"

int64_t rate_take(struct rate *r, const struct rate_limit *l, int64_t now_ms)
{
	if (l->per_second <= 0)
		return 0;
	int64_t each_ms = 1000 / l->per_second > 0 ? 1000 / l->per_second : 1;
	int64_t wait_ms = r->next_ms > now_ms ? r->next_ms - now_ms : 0;
	/* the request that is answered at once does not count as waiting */
	if (wait_ms > l->queue * each_ms || wait_ms > RATE_WAIT_MAX_MS)
		return -1;
	r->next_ms = now_ms + wait_ms + each_ms;
	return wait_ms;
}
