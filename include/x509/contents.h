/* SPDX-License-Identifier: MIT */
/* contents: reads everything in a certificate file, in any form: certificates, revocation lists, requests,
 * private keys, and parts that cannot be read. */
#ifndef X509_CONTENTS_H
#define X509_CONTENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/cert.h"
#include "x509/crl.h"
#include "x509/csr.h"
#include "x509/forms.h"

/* The maximum number of items in one file. */
enum { CONTENTS_MAX = 2000 };

struct content {
	enum form form;
	size_t line;        /* line of its BEGIN, from 1; if it is damaged, line of the fault */
	const char *origin; /* NULL: PEM; otherwise "converted from DER", "taken out of PKCS#7" ... Static */
	/* One of these is set if the item could be read: */
	struct cert *cert;
	struct crl *crl;
	struct csr *csr;
	EVP_PKEY *key;
	char *key_pem; /* a key as it is in the file, in PEM; NULL if it comes from PKCS#12 */
	int encrypted; /* 1: the key, or the file that it was in, is encrypted with a passphrase */
	char *wrong;   /* why it cannot be read or used, as a phrase; NULL: it can */
};

struct contents {
	struct content *at;
	size_t n;
	int locked; /* 1: something was not decrypted, since a passphrase is missing */
	int denied; /* 1: the given passphrase is wrong */
	int is_pkcs12;
	struct buf protection; /* of PKCS#12: a line for each way in which it is encrypted or authenticated */
};

/* Reads the whole file; passphrase NULL or "": none. Damaged or encrypted items are among the contents, with
 * `wrong` set. Returns -1 with ERR_INPUT if the file has nothing to do with certificates (*e names its real
 * kind), with ERR_FULL if it has more than CONTENTS_MAX items. The caller calls contents_done in any
 * case. */
int contents_read(struct contents *c, const struct buf *data, const char *passphrase, struct err *e);
/* Frees everything, and overwrites keys. */
void contents_done(struct contents *c);
/* Returns the first item of this form that could be read; NULL: there is none. */
struct content *contents_first(const struct contents *c, enum form form);

#endif
