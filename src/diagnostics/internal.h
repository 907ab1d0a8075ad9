/* SPDX-License-Identifier: MIT */
/* internal: what the files of diagnostics share. */
#ifndef DIAGNOSTICS_INTERNAL_H
#define DIAGNOSTICS_INTERNAL_H

#include "agent/components.h"

/* Results of readiness that are used again for a while; all zero: there are none yet. */
struct readiness_cache {
	char plain[160];         /* plain protocols that the device offers */
	int64_t plain_read_ms;   /* when they were looked at; 0: never */
	char own_trouble[1000];  /* what is wrong with own certificates */
	int64_t own_read_ms;     /* the same of these */
	uint64_t own_generation; /* of the certificates that were looked at */
};

struct diagnostics {
	const struct agent_components *agent;
	struct loop_timer *hourly;
	struct readiness_cache cache; /* for the status, which is read often */
};

/* expiry.c: checks all certificates and revocation lists now, and logs a warning about each that expires soon
 * or has expired, once for each stage. */
void expiry_check(const struct agent_components *a);

#endif
