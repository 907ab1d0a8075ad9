/* SPDX-License-Identifier: MIT */
/* checks: the rules that one certificate keeps or breaks by itself, and those between it and its issuer.
 * Private. */
#ifndef TRUST_CHECKS_H
#define TRUST_CHECKS_H

#include "findings.h"

enum role { ROLE_LEAF, ROLE_CA, ROLE_ROOT };

struct rules {
	struct verify_policy policy;
	int64_t now; /* the day to judge on */
};

/* All of them for one certificate. */
void check_cert(const struct check_at *at, enum role role, const struct rules *r);
/* Its parts: dates, names and extensions; key usage and purpose; the key. */
void check_form(const struct check_at *at, enum role role, const struct rules *r);
void check_usage(const struct check_at *at, enum role role, const struct rules *r);
void check_key(const struct check_at *at, enum role role);
/* Whether the algorithm and digest of at->cert's signature are strong enough, and fit the issuer's key. */
void check_signature_algorithm(const struct check_at *at, const struct cert *issuer);
/* Algorithm, digest and key identifiers of at->cert against its issuer; the signature itself costs more: see
 * path. */
void check_link(const struct check_at *at, const struct cert *issuer);

#endif
