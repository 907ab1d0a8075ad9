/* SPDX-License-Identifier: MIT */
/* pack: writes files that have several certificates: PKCS#7 and PKCS#12. */
#ifndef X509_PACK_H
#define X509_PACK_H

#include "base/buf.h"
#include "x509/cert.h"
#include "x509/crl.h"

struct pack { /* all borrowed for the call */
	struct cert *const *certs;
	size_t n_certs;
	struct crl *const *crls; /* PKCS#7 only */
	size_t n_crls;
	const EVP_PKEY *key;    /* PKCS#12 only: key of the first certificate; NULL: none */
	const char *passphrase; /* PKCS#12 only; not empty */
	const char *name; /* PKCS#12 only: name that programs show for the first certificate; NULL: none */
};

/* Appends the certificates and lists as PKCS#7 in PEM. Fails with ERR_INPUT if OpenSSL cannot. */
int pack_pkcs7(const struct pack *p, struct buf *out, struct err *e);
/* Appends key and certificates as PKCS#12 in DER. All of it is encrypted with the passphrase: AES-256 with
 * PBKDF2 and SHA-256, and a MAC with SHA-256. */
int pack_pkcs12(const struct pack *p, struct buf *out, struct err *e);

#endif
