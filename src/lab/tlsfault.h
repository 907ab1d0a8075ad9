/* SPDX-License-Identifier: MIT */
/* tlsfault: the faults of the lab's server at the TLS level. */
#ifndef LAB_TLSFAULT_H
#define LAB_TLSFAULT_H

#include "chains.h"
#include "fault.h"

enum tls_serve {
	SERVE_TLS,
	SERVE_PLAIN, /* HTTP without TLS on the same port */
	SERVE_CLOSE,
	SERVE_RESET,
	SERVE_HANG,
	SERVE_GARBAGE, /* bytes that are not TLS, see silent_server.h */
};

struct tls_fault {
	struct fault fault;
	chain_maker *make;
	enum tls_serve serve;
	int max_version;     /* the highest version of TLS; 0: the newest */
	const char *ciphers; /* NULL: all */
	int asks_client;     /* 1: the server demands a client certificate */
};

const struct fault_table *tlsfault_table(void);

#endif
