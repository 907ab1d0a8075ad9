/* SPDX-License-Identifier: MIT */
/* keygen: makes private keys. */
#ifndef CRYPTO_KEYGEN_H
#define CRYPTO_KEYGEN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdatomic.h>

enum keygen_kind { KEYGEN_P256, KEYGEN_P384, KEYGEN_RSA2048, KEYGEN_RSA3072, KEYGEN_RSA4096, KEYGEN_KINDS };
/* Their names as a list of alternatives, the default first. */
#define KEYGEN_NAMES "P-256/P-384/RSA-2048/RSA-3072/RSA-4096"
/* Size for the PEM text of any of these keys. */
enum { KEYGEN_PEM_MAX = 8192 };

/* Returns the kind with this name; case does not matter; -1: there is none. */
int keygen_named(const char *name);
/* Makes a key and appends it to pem as PKCS#8 in PEM, not encrypted; the caller wipes pem. An RSA key of 4096
 * bits takes a second, on a small processor ten; another thread can end it earlier by setting *stop (may be
 * NULL). Afterwards the key is in no other memory; pem must have a maximum of KEYGEN_PEM_MAX or more. Fails
 * with ERR_IO if OpenSSL cannot make it, or it was stopped. */
int keygen_make(enum keygen_kind kind, const atomic_int *stop, struct buf *pem, struct err *e);

#endif
