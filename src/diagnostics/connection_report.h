/* SPDX-License-Identifier: MIT */
/* connection_report: builds the answer of a diagnosis. It begins with the outcome, and what was found and
 * what to do at the first step that failed. The steps follow in the order in which they ran, then the
 * certificates. */
#ifndef DIAGNOSTICS_CONNECTION_REPORT_H
#define DIAGNOSTICS_CONNECTION_REPORT_H

#include "doc/doc.h"

#include <stddef.h>
#include <stdint.h>

/* CONNECTION_WARN: the service works, but an administrator should look at the step. */
enum connection_outcome { CONNECTION_PASS, CONNECTION_FAIL, CONNECTION_SKIP, CONNECTION_WARN };

enum { CONNECTION_FOUND_MAX = 1024 }; /* size for the text of a step */
struct connection_step { /* texts are borrowed for the call; NULL or "", and 0 ms, are left out */
	const char *check;
	enum connection_outcome outcome;
	const char *found, *hint;
	int64_t ms;
};

struct connection_report {
	struct doc *result; /* borrowed; it is filled by connection_report_finish */
	struct doc *parts;  /* the steps and certificates so far */
	uint32_t steps;
	const struct doc *first_failure, *first_warning; /* in parts; NULL: there is none */
};

void connection_report_init(struct connection_report *r, struct doc *result);
/* Frees the parts that were not moved to the result. */
void connection_report_done(struct connection_report *r);
void connection_report_step(struct connection_report *r, const struct connection_step *s);
/* Makes the step that was added last, which must have failed, the one that is reported as the first
 * failure. */
void connection_report_set_first(struct connection_report *r);
/* Adds a step that was not carried out, with the reason. */
void connection_report_skip(struct connection_report *r, const char *check, const char *why);
/* Fills the result. url: the URL of the connection; NULL: none is configured. */
void connection_report_finish(struct connection_report *r, const char *url);

#endif
