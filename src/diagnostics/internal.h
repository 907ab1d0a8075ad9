/* SPDX-License-Identifier: MIT */
/* internal: what diagnostics' files share. */
#ifndef DIAGNOSTICS_INTERNAL_H
#define DIAGNOSTICS_INTERNAL_H

#include "agent/components.h"

/* What readiness has seen and need not look at again for a while; all zero: nothing yet. */
struct readiness_seen {
	char plain[160];         /* plain protocols that the device offers */
	int64_t plain_read_ms;   /* when they were looked at; 0: never */
	char own_trouble[1000];  /* what is wrong with own certificates */
	int64_t own_read_ms;     /* the same of these */
	uint64_t own_generation; /* of the certificates that were looked at */
};

struct diagnostics {
	const struct agent_components *agent;
	struct loop_timer *hourly;
	struct readiness_seen seen; /* for the status, which is read often */
};

/* expiry.c: warns of what is near its end, once for each stage, and logs what has ended. Looks at
 * everything now. */
void expiry_look(const struct agent_components *a);

#endif
