/* SPDX-License-Identifier: MIT */
/* bundle: reads the file of an own certificate: certificate, chain and key in PEM or PKCS#12. */
#ifndef X509_BUNDLE_H
#define X509_BUNDLE_H

#include "x509/cert.h"

enum { BUNDLE_CHAIN_MAX = 8 };

struct bundle {
	struct cert *certs[BUNDLE_CHAIN_MAX + 1];
	size_t n;
	char *key_pem; /* as it may be kept on disk: encrypted if it was uploaded so, and then by PKCS#8 */
	EVP_PKEY *key;
	const char *passphrase; /* borrowed while it is read */
	char other[240];        /* what else is in it, in words; "" */
};

/* Reads all of it into *u, which is zeroed before, and decrypts the key. -1 with a sentence about what is
 * missing or wrong; ERR_NOTFOUND: there are certificates in it, which *u has, and no key. Call bundle_done in
 * any case. */
int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e);
void bundle_done(struct bundle *u);
/* Adds c, which is the bundle's from now on, also on failure. ERR_FULL. */
int bundle_add(struct bundle *u, struct cert *c, struct err *e);

#endif
