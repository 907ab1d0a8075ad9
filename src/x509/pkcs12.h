/* SPDX-License-Identifier: MIT */
/* pkcs12: reads certificates and key out of a PKCS#12 file, whatever program wrote it. Private to x509. */
#ifndef X509_PKCS12_H
#define X509_PKCS12_H

#include "x509/bundle.h"

/* Adds the file's certificates and its key to u. ERR_DENIED: not with this passphrase (NULL or "": none).
 * ERR_INPUT names what is not supported or damaged, ERR_FULL what would be too much work. A file without a
 * MAC is read, too: the certificate must be the key's, which proves enough. */
int pkcs12_read(struct bundle *u, const unsigned char *der, size_t len, const char *passphrase,
		struct err *e);

#endif
