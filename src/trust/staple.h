/* SPDX-License-Identifier: MIT */
/* staple: the OCSP answer that a server sends along with its chain (RFC 6066, 6960, 7633). Private. */
#ifndef TRUST_STAPLE_H
#define TRUST_STAPLE_H

#include "checks.h"

struct staple {
	const unsigned char *der; /* NULL: none was sent */
	size_t len;
	const struct cert *issuer; /* of the server's certificate; NULL: not found */
};

/* at->cert is the server's own. A revoked one is refused whatever the policy; what cannot be believed refuses
 * where the certificate demands a staple or the policy is Hard, and is told elsewhere. */
void staple_check(const struct check_at *at, const struct staple *s, const struct rules *r);

#endif
