/* SPDX-License-Identifier: MIT */
/* nts_ke: establishes NTS keys with an NTS-KE server (RFC 8915, section 4): one exchange over a verified TLS
 * 1.3 stream. */
#ifndef NET_NTS_KE_H
#define NET_NTS_KE_H

#include "net/nts.h"
#include "net/tls_stream.h"

struct nts_ke;

struct nts_ke_request {
	const char *service; /* for the log */
	const char *host;    /* name of the NTS-KE server */
	int port;
	struct verify_policy policy;
	int timeout_ms; /* for the whole exchange */
};

/* borrowed for the callback */
struct nts_ke_result {
	struct nts_association association; /* secret */
	struct nts_offer offer;             /* without its cookies, which are in the association */
	struct dns_address address;         /* of the NTS-KE server */
	const struct verify_chain *chain;   /* the certificates that the server sent */
};

/* Calls fn once, never before nts_ke_start has returned and not after nts_ke_cancel. result NULL: it failed,
 * and *e says why; w->on_verdict has been called with the verdict if a certificate is not trusted. */
struct nts_ke *nts_ke_start(const struct tls_stream_world *w, const struct nts_ke_request *r,
			    void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e),
			    void *arg);
/* Returns the request with which the stream to the server is opened. Its texts are borrowed from r. */
struct tls_stream_request nts_ke_stream(const struct nts_ke_request *r);
/* NULL is allowed. */
void nts_ke_cancel(struct nts_ke *k);

#endif
