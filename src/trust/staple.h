/* SPDX-License-Identifier: MIT */
/* staple: the OCSP response that a server sends along with its chain (RFC 6066, 6960, 7633). Private to
 * trust. */
#ifndef TRUST_STAPLE_H
#define TRUST_STAPLE_H

#include "checks.h"

struct staple {
	const unsigned char *der; /* NULL: none was sent */
	size_t len;
	const struct cert *issuer; /* of the server's certificate; NULL: not found */
};

/* Checks the response about at->cert, the server's own certificate. A revoked certificate is refused whatever
 * the policy. A response that is not valid refuses where the certificate demands a staple or the policy is
 * Hard; else it is a note. */
void staple_check(const struct check_at *at, const struct staple *s, const struct rules *r);

#endif
