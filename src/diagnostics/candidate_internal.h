/* SPDX-License-Identifier: MIT */
/* candidate_internal: what candidate.c, which probes the servers, shares with candidate_report.c, which
 * writes the result. */
#ifndef DIAGNOSTICS_CANDIDATE_INTERNAL_H
#define DIAGNOSTICS_CANDIDATE_INTERNAL_H

#include "diagnostics/candidate.h"

#include "agent/components.h"
#include "clock/clock.h"
#include "delivery/registrations.h"
#include "probe.h"

/* The probe of one server, and its result. */
struct candidate_probe {
	struct candidate *owner;
	struct probe *probe;
	/* refused before a socket was opened: no date, no roots, or an address instead of a name */
	int refused;
	long code;                  /* of the verification; 0: trusted */
	struct verify_chain *shown; /* the certificates that the server sent; NULL: none */
	struct err err;             /* why the server sent none */
	char hint[320];
};

/* What all probes share: the resolver, the date, and whether they continue the handshake with an untrusted
 * certificate. */
struct candidate_world {
	struct dns *dns;
	struct date *date;
	int fetches; /* as in struct probe_request */
};

/* One service with two servers: the one that is configured now, and the one that the tried settings name. */
struct candidate_row {
	struct service_endpoint before, after;
	int is_now, is_then; /* whether before and after are filled */
	/* both have the same URL and name servers, and the tried settings trust somebody there: only `then`
	 * is probed */
	int is_same;
	struct candidate_probe now, then;
};

struct candidate {
	const struct agent_components *agent;
	struct settings_pair *set; /* owned, with their texts */
	char **before;             /* the value of each of them when the attempt began */
	size_t n;
	int only_tries, force;
	struct confirmation_request confirm; /* minutes 0: the settings need no confirmation */
	/* NULL unless the tried settings change the DNS servers or time servers: replacements that use the
	 * new servers */
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

/* Adds an item Server to the result for each server. Returns the number of servers that are accepted now and
 * would not be with the tried settings. */
size_t candidate_put(const struct candidate *c);

#endif
