/* SPDX-License-Identifier: MIT */
/* findings: collects the findings of the checks, and makes a verdict from them. Private to trust. */
#ifndef TRUST_FINDINGS_H
#define TRUST_FINDINGS_H

#include "x509/cert.h"
#include "trust/verify.h"

/* REFUSE refuses in both profiles; STRICT refuses in profile Strict and is a note in Guide; NOTE is always a
 * note. */
enum weight { REFUSE, STRICT, NOTE };

struct findings {
	struct verdict *v; /* NULL: only refusals are counted */
	enum verify_profile profile;
	size_t refusals; /* number of findings that refuse */
	/* a hint that replaces the hints of all findings about the server's own certificate, since it
	 * explains all of them; NULL: each finding keeps its own */
	const char *leaf_hint;
};

/* The certificate that is being checked, and the collection for findings. */
struct check_at {
	struct findings *to;
	const struct cert *cert; /* NULL: the chain as a whole */
	int depth;
};

/* A check that failed. */
struct failed {
	long code;
	enum weight weight;
	/* the requirement of the rule, and what the certificate has; may be NULL */
	const char *wanted, *found;
	const char *hint; /* NULL: codes_hint(code) */
};

/* Adds a copy of the failed check to at->to, unless the same finding is there already. */
void findings_add(const struct check_at *at, const struct failed *what);
/* Short form of findings_add: FAILED(&at, .code = ..., .found = ...). */
#define FAILED(at, ...) findings_add(at, &(struct failed){ __VA_ARGS__ })

/* Completes the verdict: sorts the findings, refusals first and of these the most important first, and fills
 * the verdict's code and subject from the first. */
void findings_to_verdict(struct findings *f);

#endif
