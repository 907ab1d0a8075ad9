/* SPDX-License-Identifier: MIT */
/* chain: the certificates that a server sent, in their order, from a file or from a handshake. Private to
 * trust. */
#ifndef TRUST_CHAIN_H
#define TRUST_CHAIN_H

#include "x509/cert.h"
#include "search.h"
#include "trust/verify.h"

struct verify_chain {
	size_t n;
	struct cert *at[SENT_MAX + 1]; /* [0] is the server's own */
	/* what is wrong with the first certificate that cannot be decoded; "": there is none */
	char damaged[256];
};

#endif
