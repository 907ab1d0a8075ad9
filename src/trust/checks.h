/* SPDX-License-Identifier: MIT */
/* checks: the rules for a single certificate, and those between a certificate and its issuer. Private to
 * trust. */
#ifndef TRUST_CHECKS_H
#define TRUST_CHECKS_H

#include "findings.h"

/* The role of the certificate in its path: the server's own, a CA, a root for every host. */
enum role { ROLE_LEAF, ROLE_CA, ROLE_ROOT };

struct rules {
	struct verify_policy policy;
	int64_t now; /* the date to verify for, Unix seconds */
	/* 1: the date is not known, and is certainly not before `now`, so lists and OCSP answers that are
	 * dated after `now` may be valid */
	int is_earliest;
};

/* Makes the three following checks of one certificate. */
void check_cert(const struct check_at *at, enum role role, const struct rules *r);
/* Checks dates, fields and extensions. */
void check_form(const struct check_at *at, enum role role, const struct rules *r);
/* Checks basic constraints, key usage and purpose. */
void check_usage(const struct check_at *at, enum role role, const struct rules *r);
/* Checks the kind and the strength of the key. */
void check_key(const struct check_at *at, enum role role);
/* Checks whether the algorithm and digest of at->cert's signature are strong enough, and fit the issuer's
 * key. */
void check_signature_algorithm(const struct check_at *at, const struct cert *issuer);
/* Makes check_signature_algorithm, and checks the key identifiers of at->cert and its issuer. The signature
 * itself is verified in src/trust/path.c, since that takes longer. */
void check_link(const struct check_at *at, const struct cert *issuer);

#endif
