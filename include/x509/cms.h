/* SPDX-License-Identifier: MIT */
/* cms: signatures of files (RFC 5652), which stand in files of their own. */
#ifndef X509_CMS_H
#define X509_CMS_H

#include "base/buf.h"
#include "x509/cert.h"

#include <openssl/evp.h>

struct cms_order { /* all borrowed for the call */
	const EVP_PKEY *key;
	struct cert *const *certs; /* the first is the key's, the others are put beside it */
	size_t n_certs;
	const struct buf *data; /* what is signed, byte for byte */
};
/* Appends the signature in PEM. The data is not in it. ERR_INPUT: OpenSSL cannot, for example because the key
 * is another certificate's. */
int cms_sign(const struct cms_order *o, struct buf *out, struct err *e);

#endif
