/* SPDX-License-Identifier: MIT */
/* private_key: private keys in files: PKCS#1, SEC1 and PKCS#8, with or without a passphrase, in PEM or
 * DER. */
#ifndef X509_PRIVATE_KEY_H
#define X509_PRIVATE_KEY_H

#include "base/err.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <openssl/evp.h>

/* Returns the block's key as PEM text for private_key_read, also if the block is DER, or PEM in a single line
 * as environment variables have it. The caller frees it with private_key_wipe. */
char *private_key_text(const struct pem_block *b);
/* Reads the key from its PEM text; the caller frees it with EVP_PKEY_free. Returns NULL with ERR_DENIED if
 * this passphrase (NULL or "": none) is wrong; with ERR_INPUT; or with ERR_FULL if it would take too much
 * work. Never asks on a terminal. */
EVP_PKEY *private_key_read(const char *pem, const char *passphrase, struct err *e);
/* Returns 1 if the PEM text of a key is encrypted. */
int private_key_is_encrypted(const char *pem);
/* Returns 1 if it is encrypted as PKCS#8 with modern ciphers; 0: it is not encrypted, or as older programs
 * did it. */
int private_key_is_modern(const char *pem);
/* Writes the key as PKCS#8 in PEM, encrypted with the passphrase and AES-256 if there is one (NULL or "":
 * none). The caller frees it with private_key_wipe. Returns NULL if OpenSSL cannot write it. */
char *private_key_write(const EVP_PKEY *key, const char *passphrase);
/* Appends the key as PKCS#8 in DER, encrypted like that of private_key_write. Fails with ERR_INPUT. */
int private_key_der(const EVP_PKEY *key, const char *passphrase, struct buf *out, struct err *e);
/* Returns 1 if the certificate belongs to this key. */
int private_key_is_of(const EVP_PKEY *key, const struct cert *c);
/* Overwrites and frees a key, which may be NULL. */
void private_key_free(EVP_PKEY *key);
/* Overwrites and frees the text, which may be NULL. */
void private_key_wipe(char *pem);

#endif
