/* SPDX-License-Identifier: MIT */
/* pkcs12: certificates and key out of a PKCS#12 file, whatever wrote it. Private. */
#ifndef X509_PKCS12_H
#define X509_PKCS12_H

#include "x509/bundle.h"

/* Into u: its certificates and its key. ERR_DENIED: not with this passphrase (NULL or "": none). ERR_INPUT
 * names what is not supported or damaged, ERR_FULL what would be too much work. A file without a MAC is read,
 * too: what is in it proves itself, since the certificate must be the key's. */
int pkcs12_read(struct bundle *u, const unsigned char *der, size_t len, const char *passphrase,
		struct err *e);

#endif
