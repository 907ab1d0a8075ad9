/* SPDX-License-Identifier: MIT */
/* revocation: checks whether a certificate of the path is on a revocation list of its issuer. Private to
 * trust. */
#ifndef TRUST_REVOCATION_H
#define TRUST_REVOCATION_H

#include "x509/crl.h"
#include "findings.h"

struct path;
struct rules;
struct search;

/* Checks every certificate below the anchor of an anchored path, as the policy requires (Off: none). */
void revocation_check(struct search *s, const struct path *p, struct findings *to);

/* Checks a list by itself, whichever CA issued it: its form and its dates. Faults get the weight w. */
void revocation_check_list(const struct check_at *at, const struct crl *l, const struct rules *r,
			   enum weight w);

#endif
