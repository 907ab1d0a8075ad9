/* SPDX-License-Identifier: MIT */
/* diagnostics_internal: what the files of diagnostics share. */
#ifndef DIAGNOSTICS_DIAGNOSTICS_INTERNAL_H
#define DIAGNOSTICS_DIAGNOSTICS_INTERNAL_H

#include "agent/components.h"
#include "base/episode.h"

#include <stddef.h>
#include <stdint.h>

/* Results of readiness checks that are kept for a while, since reading them takes time. All zero: nothing is
 * kept yet. */
struct readiness_cache {
	char plain[160];         /* plain protocols that the device offers */
	int64_t plain_read_ms;   /* loop time at which the protocols were looked for; 0: never */
	char own_trouble[1000];  /* what is wrong with own certificates */
	int64_t own_read_ms;     /* loop time at which the own certificates were verified; 0: never */
	uint64_t own_generation; /* generation of the certificate store at that time */
};

/* Expiry warnings that were given since the start. The store has a mark for each of them, too; marks outlive
 * a restart, but cannot be written after a disk failure. */
enum { EXPIRY_WARNED_MAX = 512 };
struct expiry_warned {
	struct {
		uint64_t key; /* hash of the certificate or list, as in the name of its mark */
		/* the same value as its mark's: day * THRESHOLDS + the thresholds that were warned of
		 * (expiry.c) */
		int64_t value;
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

/* expiry.c: checks all certificates and revocation lists now. For each that expires soon or has expired it
 * logs a warning, once for each threshold that has passed. */
void expiry_check(struct diagnostics *d);

#endif
