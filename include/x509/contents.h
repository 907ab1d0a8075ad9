/* SPDX-License-Identifier: MIT */
/* contents: everything that is in a file about certificates, whatever its form: certificates, revocation
 * lists, requests, private keys, and what cannot be read. */
#ifndef X509_CONTENTS_H
#define X509_CONTENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/cert.h"
#include "x509/crl.h"
#include "x509/csr.h"
#include "x509/forms.h"

/* The things that one file may hold. */
enum { CONTENTS_MAX = 2000 };

struct content {
	enum form form;
	size_t line;        /* of its BEGIN, from 1; where it is damaged, of the fault */
	const char *origin; /* NULL: PEM; else "converted from DER", "taken out of PKCS#7" ... Static */
	/* One of these is there where it could be read: */
	struct cert *cert;
	struct crl *crl;
	struct csr *csr;
	EVP_PKEY *key;
	char *key_pem; /* a key as the file has it, in PEM; NULL out of PKCS#12 */
	int encrypted; /* the key, or the file that it was in, is under a passphrase */
	char *wrong;   /* why it cannot be read or used, as a phrase; NULL: it could */
};

struct contents {
	struct content *at;
	size_t n;
	int locked; /* something was not opened, since a passphrase is missing */
	int denied; /* the passphrase that was given does not fit */
	int is_pkcs12;
	struct buf protection; /* of PKCS#12: a line for each way in which it is protected */
};

/* Reads all of it; passphrase NULL or "": none. What is damaged or locked is among the contents, with what is
 * wrong. -1, ERR_INPUT: it is nothing that has to do with certificates, *e says what it is instead; ERR_FULL:
 * there are more than CONTENTS_MAX things in it. Call contents_done in any case. */
int contents_read(struct contents *c, const struct buf *data, const char *passphrase, struct err *e);
/* Frees everything, and overwrites keys. */
void contents_done(struct contents *c);
/* The first thing of this form that could be read; NULL: there is none. */
struct content *contents_first(const struct contents *c, enum form form);

#endif
