/* SPDX-License-Identifier: MIT */
/* issue: issues a certificate for a certificate request, as a CA. */
#ifndef X509_ISSUE_H
#define X509_ISSUE_H

#include "x509/cert.h"
#include "x509/csr.h"

struct issue_order {
	const struct csr *csr;
	const struct cert *ca;
	const EVP_PKEY *ca_key;
	int64_t from, until; /* Unix seconds; must not exceed the validity of the CA's certificate */
};

/* Makes a certificate with only the request's subject, alternative names and key: CA:FALSE, for servers and
 * clients, with a random serial number. The caller frees it with cert_free. Returns NULL with ERR_INPUT, and
 * what is wrong with the request (csr_check), or why this CA cannot sign. */
struct cert *issue_cert(const struct issue_order *o, struct err *e);

#endif
