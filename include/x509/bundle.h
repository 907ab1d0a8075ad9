/* SPDX-License-Identifier: MIT */
/* bundle: reads the file of an own certificate: certificate, chain and key in PEM or PKCS#12. */
#ifndef X509_BUNDLE_H
#define X509_BUNDLE_H

#include "x509/cert.h"

enum { BUNDLE_CHAIN_MAX = 8 };

struct bundle {
	struct cert *certs[BUNDLE_CHAIN_MAX + 1];
	size_t n;
	/* the key in the form in which it may be stored on disk: if it was uploaded encrypted, encrypted as
	 * PKCS#8 */
	char *key_pem;
	EVP_PKEY *key;
	const char *passphrase; /* borrowed while it is read */
	char other[240];        /* what else is in the file, as a phrase; "": nothing */
};

/* Reads the whole file into *u, which it zeroes first, and decrypts the key. Returns -1 with a sentence about
 * what is missing or wrong; ERR_NOTFOUND: the file has certificates, which *u gets, but no key. The caller
 * calls bundle_done in any case. */
int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e);
void bundle_done(struct bundle *u);
/* Adds c, which the bundle owns from now on, also on failure. Fails with ERR_FULL. */
int bundle_add(struct bundle *u, struct cert *c, struct err *e);

#endif
