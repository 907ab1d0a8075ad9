/* SPDX-License-Identifier: MIT */
/* checkup_internal: what checkup.c and checkup_basis.c share. */
#ifndef DIAGNOSTICS_CHECKUP_INTERNAL_H
#define DIAGNOSTICS_CHECKUP_INTERNAL_H

#include "diagnostics/checkup.h"
#include "diagnostics/connection.h"
#include "connection_report.h"
#include "diagnostics_internal.h"

/* --- checkup_basis.c: what all services need --- */

enum { CHECKUP_NAMES_MAX = 32 };

/* Resolves names at the configured DNS servers; answers in the agent's cache are not used. */
struct checkup_names;
struct checkup_names_request {
	const struct agent_components *agent;
	struct dns *dns; /* borrowed; its cache is empty */
	const char *hosts[CHECKUP_NAMES_MAX];
	size_t n;
	/* gets a step for each name, as the result of a connection's diagnosis has steps */
	struct doc *result;
	void (*done)(void *arg);
	void *arg;
};
/* done(arg) is called once, never before this call has returned. */
struct checkup_names *checkup_names_start(const struct checkup_names_request *r);
void checkup_names_cancel(struct checkup_names *n);

/* Writes the result for the time servers, which have just been asked, to `result`. */
void checkup_time_report(const struct agent_components *a, struct doc *result);

#endif
