/* SPDX-License-Identifier: MIT */
/* pkcs12: reads certificates and key out of a PKCS#12 file, whatever program wrote it. Private to x509. */
#ifndef X509_PKCS12_H
#define X509_PKCS12_H

#include "x509/cert.h"
#include "x509/crl.h"

#include "base/buf.h"

/* What is in the file, handed over one by one; each returns 0 to go on, or -1 with *e filled. */
struct pkcs12_taker {
	void *arg;
	int (*cert)(void *arg, struct cert *c, struct err *e);
	int (*key)(void *arg, EVP_PKEY *key, struct err *e);
	int (*crl)(void *arg, struct crl *l, struct err *e); /* NULL: lists are passed over */
	/* NULL, or gets a line for each way in which the file is protected: its MAC, its ciphers */
	struct buf *protection;
};
struct pkcs12_file { /* borrowed */
	const unsigned char *der;
	size_t len;
	const char *passphrase; /* NULL or "": none */
};

/* Gives the file's certificates, keys and lists to t. ERR_DENIED: not with this passphrase. ERR_INPUT names
 * what is not supported or damaged, ERR_FULL what would be too much work. A file without a MAC is read, too:
 * who wants the certificate of a key compares the two, which proves enough. */
int pkcs12_read(const struct pkcs12_file *f, const struct pkcs12_taker *t, struct err *e);

#endif
