/* SPDX-License-Identifier: MIT */
/* checks: the rules for one certificate by itself, and those between it and its issuer. Private to trust. */
#ifndef TRUST_CHECKS_H
#define TRUST_CHECKS_H

#include "findings.h"

/* What the certificate is in its path: the server's own, a CA, a root for every host. */
enum role { ROLE_LEAF, ROLE_CA, ROLE_ROOT };

struct rules {
	struct verify_policy policy;
	int64_t now; /* the date to verify for, Unix seconds */
	/* 1: the date is not known, and has certainly not come before `now`, so what is dated after that may
	 * well be valid: lists and OCSP answers */
	int is_earliest;
};

/* Makes the checks of one certificate by itself: the three that follow. */
void check_cert(const struct check_at *at, enum role role, const struct rules *r);
/* Dates, fields and extensions. */
void check_form(const struct check_at *at, enum role role, const struct rules *r);
/* Basic constraints, key usage and purpose. */
void check_usage(const struct check_at *at, enum role role, const struct rules *r);
/* The kind and the strength of the key. */
void check_key(const struct check_at *at, enum role role);
/* Whether the algorithm and digest of at->cert's signature are strong enough, and fit the issuer's key. */
void check_signature_algorithm(const struct check_at *at, const struct cert *issuer);
/* check_signature_algorithm, and the key identifiers of at->cert and its issuer. The signature itself is
 * verified in src/trust/path.c, since that takes longer. */
void check_link(const struct check_at *at, const struct cert *issuer);

#endif
