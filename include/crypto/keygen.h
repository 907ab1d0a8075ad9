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
/* Room for the PEM text of any of these keys. */
enum { KEYGEN_PEM_MAX = 8192 };

/* The kind of that name, in upper or lower case; -1: there is none. */
int keygen_named(const char *name);
/* Makes a key and appends it to pem as PKCS#8 in PEM, not encrypted: wipe pem when done with it. An RSA
 * key of 4096 bits takes a second, on a small processor ten; another thread ends it before by setting
 * *stop (NULL: nobody does). No memory but pem's holds the key afterwards; give pem a maximum of
 * KEYGEN_PEM_MAX or more. ERR_IO: OpenSSL cannot make it, or it was stopped. */
int keygen_make(enum keygen_kind kind, const atomic_int *stop, struct buf *pem, struct err *e);

#endif
