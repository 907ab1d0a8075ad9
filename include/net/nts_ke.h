/* SPDX-License-Identifier: MIT */
/* nts_ke: establishes keys with an NTS server (RFC 8915, section 4): one exchange over a verified TLS 1.3
 * stream. */
#ifndef NET_NTS_KE_H
#define NET_NTS_KE_H

#include "net/nts.h"
#include "net/tls_stream.h"

struct nts_ke;

struct nts_ke_request {
	const char *service; /* for the log */
	const char *host;    /* of the server for keys; a name */
	int port;
	struct verify_policy policy;
	int timeout_ms; /* for all of it */
};

/* What was established; borrowed for the callback. */
struct nts_ke_result {
	struct nts_association association; /* secret */
	struct nts_offer offer;             /* its cookies are in the association */
	struct dns_address address;         /* of the server for keys */
	const struct verify_chain *chain;   /* that the server showed */
};

/* Calls fn once, never before nts_ke_start has returned and not after nts_ke_cancel. result NULL: *e says
 * why, and in the verdict's callback of the world it was told what is wrong with the certificate. */
struct nts_ke *nts_ke_start(const struct tls_stream_world *w, const struct nts_ke_request *r,
			    void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e),
			    void *arg);
/* How the stream to the server is opened. Texts are borrowed from r. */
struct tls_stream_request nts_ke_stream(const struct nts_ke_request *r);
/* NULL is allowed. */
void nts_ke_cancel(struct nts_ke *k);

#endif
