/* SPDX-License-Identifier: MIT */
/* checkup_internal: what checkup.c and checkup_basis.c share. */
#ifndef DIAGNOSTICS_CHECKUP_INTERNAL_H
#define DIAGNOSTICS_CHECKUP_INTERNAL_H

#include "diagnostics/checkup.h"
#include "diagnostics/connection.h"
#include "connection_report.h"
#include "internal.h"

/* --- checkup_basis.c: what all services need --- */

enum { CHECKUP_NAMES_MAX = 32 };

/* Resolves names by the configured DNS servers, without what the agent has in its cache. */
struct checkup_names;
struct checkup_names_request {
	const struct agent_components *agent;
	struct dns *dns; /* borrowed; its cache is empty */
	const char *hosts[CHECKUP_NAMES_MAX];
	size_t n;
	struct doc *result; /* as of a connection's diagnosis */
	void (*done)(void *arg);
	void *arg;
};
/* done(arg) is called once, never before this call has returned. */
struct checkup_names *checkup_names_start(const struct checkup_names_request *r);
void checkup_names_cancel(struct checkup_names *n);

/* Reports the time servers, which were asked just now. */
void checkup_time_report(const struct agent_components *a, struct doc *result);

#endif
