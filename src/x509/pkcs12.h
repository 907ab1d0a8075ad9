/* SPDX-License-Identifier: MIT */
/* pkcs12: reads certificates and key from a PKCS#12 file, whichever program wrote it. Private to x509. */
#ifndef X509_PKCS12_H
#define X509_PKCS12_H

#include "x509/cert.h"
#include "x509/crl.h"

#include "base/buf.h"

/* Functions that pkcs12_read calls for each item of the file. Each returns 0 to continue, or -1 with *e. */
struct pkcs12_taker {
	void *arg;
	int (*cert)(void *arg, struct cert *c, struct err *e);
	int (*key)(void *arg, EVP_PKEY *key, struct err *e);
	int (*crl)(void *arg, struct crl *l, struct err *e); /* NULL: lists are left out */
	/* NULL, or gets a line for each way in which the file is encrypted or authenticated */
	struct buf *protection;
};
struct pkcs12_file { /* borrowed */
	const unsigned char *der;
	size_t len;
	const char *passphrase; /* NULL or "": none */
};

/* Calls t's functions for the file's certificates, keys and lists. Fails with ERR_DENIED if the passphrase is
 * wrong, with ERR_INPUT if something is not supported or damaged (the error names it), with ERR_FULL if it
 * would take too much work. A file without a MAC is accepted, too: the caller compares the key with the
 * certificate, which is enough. */
int pkcs12_read(const struct pkcs12_file *f, const struct pkcs12_taker *t, struct err *e);

#endif
