/* SPDX-License-Identifier: MIT */
/* chain: the certificates that a server sent, as they came. Private; made from files or from a handshake. */
#ifndef TRUST_CHAIN_H
#define TRUST_CHAIN_H

#include "x509/cert.h"
#include "search.h"
#include "trust/verify.h"

struct verify_chain {
	size_t n;
	struct cert *at[SENT_MAX + 1]; /* [0] is the server's own */
	char damaged[256];             /* about one that could not even be read, or "" */
};

#endif
