/* SPDX-License-Identifier: MIT */
/* staple: checks the OCSP response that a server sends with its chain (RFC 6066, 6960, 7633). Private to
 * trust. */
#ifndef TRUST_STAPLE_H
#define TRUST_STAPLE_H

#include "checks.h"

struct staple {
	const unsigned char *der; /* NULL: the server sent none */
	size_t len;
	const struct cert *issuer; /* issuer of the server's certificate; NULL: it was not found */
};

/* Checks the response about at->cert, the server's own certificate. A revoked certificate is refused whatever
 * the policy. A response that is not valid is a refusal if the certificate requires a stapled response or the
 * policy is Hard; otherwise it is a note. */
void staple_check(const struct check_at *at, const struct staple *s, const struct rules *r);

#endif
