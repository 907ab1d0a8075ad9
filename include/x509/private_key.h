/* SPDX-License-Identifier: MIT */
/* private_key: private keys in files: PKCS#1, SEC1 and PKCS#8, open or under a passphrase, in PEM or DER. */
#ifndef X509_PRIVATE_KEY_H
#define X509_PRIVATE_KEY_H

#include "base/err.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <openssl/evp.h>

/* The block's key as PEM text that private_key_read takes, also where the block is DER, or PEM in a single
 * line as environment variables keep it. Yours to private_key_wipe. */
char *private_key_text(const struct pem_block *b);
/* The key out of its PEM text; yours to EVP_PKEY_free. NULL: ERR_DENIED, not with this passphrase (NULL or
 * "": none); ERR_INPUT, or ERR_FULL where it would be too much work. Never asks on a terminal. */
EVP_PKEY *private_key_read(const char *pem, const char *passphrase, struct err *e);
/* 1 if the PEM text of a key is encrypted. */
int private_key_is_encrypted(const char *pem);
/* 1 if it is encrypted as PKCS#8 with ciphers of today; 0: open, or as older programs did it. */
int private_key_is_modern(const char *pem);
/* The key as PEM in PKCS#8, under the passphrase with AES-256 when there is one (NULL or "": none). Yours to
 * private_key_wipe; NULL: OpenSSL cannot write it. */
char *private_key_write(const EVP_PKEY *key, const char *passphrase);
/* Appends the key as PKCS#8 in DER, under no passphrase. ERR_INPUT. */
int private_key_der(const EVP_PKEY *key, struct buf *out, struct err *e);
/* 1 if the certificate is this key's. */
int private_key_is_of(const EVP_PKEY *key, const struct cert *c);
/* Frees a key, which may be NULL, and overwrites it. */
void private_key_free(EVP_PKEY *key);
/* Overwrites and frees the text, which may be NULL. */
void private_key_wipe(char *pem);

#endif
