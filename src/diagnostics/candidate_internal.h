/* SPDX-License-Identifier: MIT */
/* candidate_internal: what candidate.c, which asks, and candidate_report.c, which says what was found,
 * share. */
#ifndef DIAGNOSTICS_CANDIDATE_INTERNAL_H
#define DIAGNOSTICS_CANDIDATE_INTERNAL_H

#include "diagnostics/candidate.h"

#include "agent/components.h"
#include "clock/clock.h"
#include "delivery/registrations.h"
#include "probe.h"

/* What was found of one server. */
struct candidate_probe {
	struct candidate *owner;
	struct probe *probe;
	int is_done;
	int refused;                /* before a socket was opened: the date, the roots, or no name */
	long code;                  /* of the verification */
	struct verify_chain *shown; /* what the server sent; NULL: nothing */
	struct err err;             /* why there is nothing */
	char hint[320];
};

/* By what a server is asked. */
struct candidate_world {
	struct dns *dns;
	struct date *date;
	int fetches; /* as struct probe_request has it */
};

/* One service: its server now, and as the settings that are tried have it. */
struct candidate_row {
	struct service_endpoint before, after;
	int is_now, is_then; /* before, after is a server */
	int is_same;         /* it is one and the same, so that only then is asked */
	struct candidate_probe now, then;
};

struct candidate {
	const struct agent_components *agent;
	struct settings_pair *set; /* owned, with their texts */
	size_t n;
	int only_tries, force, waits; /* waits: to be confirmed, as `confirm` says */
	struct confirmation_request confirm;
	int names_change, time_changes;
	/* with other DNS or time servers: by what these say; otherwise NULL */
	struct dns *dns;
	struct date *date;
	struct clock *clock;
	struct candidate_row rows[2 * SERVERS_MAX];
	size_t n_rows, open;
	int is_asking;
	int64_t began_ms;
	struct loop_timer *timer;
	struct doc *result;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

/* Adds an item Server to the result for each server. Returns how many would be cut off. */
size_t candidate_put(const struct candidate *c);

#endif
