/* SPDX-License-Identifier: MIT */
/* fleet_report: counts what a server made of the requests of a fleet, and prints it. */
#ifndef LAB_FLEET_REPORT_H
#define LAB_FLEET_REPORT_H

#include "tls_client.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FLEET_CODES = 600 };

enum fleet_service { FLEET_MANAGER, FLEET_FEEDBACK, FLEET_SERVICES };

/* Why a request had no answer. */
enum fleet_failure {
	FLEET_NOT_CONNECTED,
	FLEET_NOT_TRUSTED, /* the server's certificate */
	FLEET_NO_HANDSHAKE,
	FLEET_LOST, /* the server closed the connection before its answer */
	FLEET_SILENT,
	FLEET_NOT_HTTP,
	FLEET_FAILURES
};

/* What is done to a post on its way. */
enum fleet_fault {
	FLEET_ANSWER_LOST, /* the connection ends when the answer comes; the post is sent again */
	FLEET_BODY_CUT,    /* the connection ends in the middle of the post; it is sent again */
	FLEET_HANG_UP,     /* the connection ends before the handshake */
	FLEET_FORGED,      /* the post has a wrong signature, and an id of its own */
	FLEET_FAULTS
};

struct fleet_latencies {
	uint32_t *us;
	size_t n, room;
};

struct fleet_counts { /* all zero at the beginning */
	uint64_t requests[FLEET_SERVICES], codes[FLEET_SERVICES][FLEET_CODES],
		failures[FLEET_SERVICES][FLEET_FAILURES];
	struct fleet_latencies latencies[FLEET_SERVICES];
	uint64_t unread_answers;    /* of the manager: 2xx without a PostEventResponse */
	uint64_t connections, lost; /* made; closed by the server while they were idle */
	uint64_t faults[FLEET_FAULTS], forged_accepted;
	uint64_t repeats;  /* posts that were sent again with their webhook-id, whatever the reason */
	uint64_t refused;  /* posts that the server will never take: 400, 413, 422 */
	uint64_t accepted; /* posts */
	size_t devices, started, registered,
		waiting;                   /* waiting: devices whose post was not accepted in the end */
	char untrusted[TLS_CLIENT_REASON]; /* what was wrong with a server's certificate */
};

/* Counts one answer and how long it took. */
void fleet_report_answer(struct fleet_counts *c, enum fleet_service service, int code, int64_t us);
/* Prints one line while it goes on. */
void fleet_report_progress(const struct fleet_counts *c, int64_t seconds, FILE *to);
/* Prints all of it, for people or as one JSON object. Sorts the latencies. */
void fleet_report_print(struct fleet_counts *c, int json, double seconds, FILE *to);
/* What a server must not do, as sentences. Returns their number. */
int fleet_report_findings(const struct fleet_counts *c, FILE *to);
void fleet_report_done(struct fleet_counts *c);

#endif
