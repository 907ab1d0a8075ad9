/* SPDX-License-Identifier: MIT */
/* fleet_report: counts a server's answers to the requests of a fleet, and prints a report. */
#ifndef LAB_FLEET_REPORT_H
#define LAB_FLEET_REPORT_H

#include "tls_client.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FLEET_CODES = 600 };

enum fleet_service { FLEET_MANAGER, FLEET_FEEDBACK, FLEET_SERVICES };

/* The reasons why a request had no answer. */
enum fleet_failure {
	FLEET_NOT_CONNECTED,
	FLEET_NOT_TRUSTED, /* the server's certificate is not trusted */
	FLEET_NO_HANDSHAKE,
	FLEET_LOST, /* the server closed the connection before its answer */
	FLEET_SILENT,
	FLEET_NOT_HTTP,
	FLEET_FAILURES
};

/* The faults that are applied to posts. */
enum fleet_fault {
	FLEET_ANSWER_LOST, /* the connection is closed when the answer arrives; the post is sent again */
	FLEET_BODY_CUT,    /* the connection is closed in the middle of the post, which is sent again */
	FLEET_HANG_UP,     /* the connection is closed before the handshake */
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
	uint64_t unread_answers; /* answers of the manager with 2xx but without a PostEventResponse */
	/* connections that were made; that the server closed while they were idle */
	uint64_t connections, lost;
	uint64_t faults[FLEET_FAULTS], forged_accepted;
	uint64_t repeats;  /* posts that were sent again with their webhook-id, for whatever reason */
	uint64_t refused;  /* posts that the server will never accept: 400, 413, 422 */
	uint64_t accepted; /* posts that were accepted */
	size_t devices, started, registered,
		waiting;                   /* devices whose post had not been accepted at the end */
	char untrusted[TLS_CLIENT_REASON]; /* what is wrong with a server's certificate */
};

/* Counts one answer and its latency. */
void fleet_report_answer(struct fleet_counts *c, enum fleet_service service, int code, int64_t us);
/* Prints one line about the progress. */
void fleet_report_progress(const struct fleet_counts *c, int64_t seconds, FILE *to);
/* Prints the whole report, for people or as one JSON object. Sorts the latencies. */
void fleet_report_print(struct fleet_counts *c, int json, double seconds, FILE *to);
/* Prints a sentence for each thing that the server did and must not do. Returns the number of sentences. */
int fleet_report_findings(const struct fleet_counts *c, FILE *to);
void fleet_report_done(struct fleet_counts *c);

#endif
