/* SPDX-License-Identifier: MIT */
/* internal: what the files of diagnostics share. */
#ifndef DIAGNOSTICS_INTERNAL_H
#define DIAGNOSTICS_INTERNAL_H

#include "agent/components.h"
#include "base/episode.h"

#include <stddef.h>
#include <stdint.h>

/* Results of readiness that are used again for a while; all zero: there are none yet. */
struct readiness_cache {
	char plain[160];         /* plain protocols that the device offers */
	int64_t plain_read_ms;   /* when they were looked at; 0: never */
	char own_trouble[1000];  /* what is wrong with own certificates */
	int64_t own_read_ms;     /* the same of these */
	uint64_t own_generation; /* of the certificates that were looked at */
};

/* Warnings that were given since the start. Their marks in the store outlive a restart, but cannot be written
 * where the disk has failed. */
enum { EXPIRY_WARNED_MAX = 512 };
struct expiry_warned {
	struct {
		uint64_t key;  /* of what ends */
		int64_t value; /* as that of the mark */
	} items[EXPIRY_WARNED_MAX];
	size_t n;
	struct episode not_marked; /* decides how often it is logged that a mark cannot be written */
};

struct diagnostics {
	const struct agent_components *agent;
	struct expiry_warned warned;
	struct loop_timer *hourly;
	struct messages *messages;
	struct confirmation *confirmation;
	struct readiness_cache cache; /* for the status, which is read often */
};

/* expiry.c: checks all certificates and revocation lists now, and logs a warning about each that expires soon
 * or has expired, once for each stage. */
void expiry_check(struct diagnostics *d);

#endif
