/* SPDX-License-Identifier: MIT */
/* cms: makes detached signatures of files (RFC 5652). */
#ifndef X509_CMS_H
#define X509_CMS_H

#include "base/buf.h"
#include "x509/cert.h"

#include <openssl/evp.h>

struct cms_order { /* all borrowed for the call */
	const EVP_PKEY *key;
	struct cert *const *certs; /* the first is the key's; the others are added to the signature */
	size_t n_certs;
	const struct buf *data; /* the signed bytes */
};
/* Returns 0 if cms_sign can sign with a key of this type. Otherwise, as for Ed25519, fails with ERR_INPUT. */
int cms_check_key(const EVP_PKEY *key, struct err *e);
/* Appends the signature as PEM; it does not contain the data. Fails with ERR_INPUT if OpenSSL cannot sign,
 * for example because the key belongs to another certificate. */
int cms_sign(const struct cms_order *o, struct buf *out, struct err *e);

#endif
