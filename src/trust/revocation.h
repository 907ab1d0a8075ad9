/* SPDX-License-Identifier: MIT */
/* revocation: checks whether a certificate of the path is on a revocation list of its issuer. Private to
 * trust. */
#ifndef TRUST_REVOCATION_H
#define TRUST_REVOCATION_H

#include "x509/crl.h"
#include "findings.h"

struct path;
struct search;

/* Checks every certificate of an anchored path below its anchor, as the policy says (Off: none). */
void revocation_check(struct search *s, const struct path *p, struct findings *to);

/* Checks a list by itself, whoever issued it: its form and its dates. Faults get the weight w. now: Unix
 * seconds. */
void revocation_check_list(const struct check_at *at, const struct crl *l, int64_t now, enum weight w);

#endif
