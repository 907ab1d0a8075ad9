/* SPDX-License-Identifier: MIT */
/* issue: a CA's answer to a certificate request. */
#ifndef X509_ISSUE_H
#define X509_ISSUE_H

#include "x509/cert.h"
#include "x509/csr.h"

struct issue_order {
	const struct csr *csr;
	const struct cert *ca;
	const EVP_PKEY *ca_key;
	int64_t from, until; /* Unix seconds; never longer than the CA itself is valid */
};

/* Makes a certificate with the request's subject, alternative names and key, and nothing else of it:
 * CA:FALSE, for servers and clients, with a random serial number. Yours to cert_free. NULL, ERR_INPUT: what
 * is wrong with the request (csr_check), or why this CA cannot sign. */
struct cert *issue_cert(const struct issue_order *o, struct err *e);

#endif
