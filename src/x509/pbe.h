/* SPDX-License-Identifier: MIT */
/* pbe: decrypts data that is encrypted with a passphrase, and limits the work for that. Private to x509. */
#ifndef X509_PBE_H
#define X509_PBE_H

#include "base/err.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdint.h>

/* The fuzz targets are built with lower limits, so that each of their inputs is quick. */
#ifndef PBE_ITERATIONS_MAX
#define PBE_ITERATIONS_MAX 2500000
#endif
#define PBE_SCRYPT_MIB_MAX 64

/* The decryption of one file or key. The iterations that it requires are added up before any key is derived.
 * Begin with PBE_START, end with pbe_done. */
struct pbe {
	const char *passphrase; /* borrowed; NULL: none */
	uint64_t left;          /* iterations of a digest that are still permitted */
	/* an OpenSSL context of our own with the ciphers of old programs (RC2, DES), only for reading files
	 * that were written with them; NULL until one is needed */
	OSSL_LIB_CTX *old;
	OSSL_PROVIDER *providers[2];
};
#define PBE_START(passphrase_)                                                                               \
	(struct pbe)                                                                                         \
	{                                                                                                    \
		.passphrase = (passphrase_), .left = PBE_ITERATIONS_MAX                                      \
	}
void pbe_done(struct pbe *p);

/* Adds up the algorithm's iterations, and checks that it is known. what: the encrypted thing, for errors
 * ("the private key"). Fails with ERR_FULL if it is too much work, with ERR_INPUT if the algorithm is
 * unknown; the error says how to convert the file. */
int pbe_count(struct pbe *p, const X509_ALGOR *a, const char *what, struct err *e);
int pbe_count_iterations(struct pbe *p, const ASN1_INTEGER *n, const char *what, struct err *e);
/* Describes the algorithm: "PBES2 with aes-256-cbc, PBKDF2 with hmacWithSHA256, 2048 iterations". */
void pbe_describe(const X509_ALGOR *a, char *ret, size_t size);
/* Returns 1 if this OpenSSL supports the digest. */
int pbe_has_digest(int nid);
/* Returns the cipher, also an old one; the caller frees it with EVP_CIPHER_free. NULL: it is not
 * supported. */
EVP_CIPHER *pbe_cipher(struct pbe *p, const char *name);

/* Decrypts `from`; pbe_count must have been called. Returns the content, *ret_len bytes, which the caller
 * frees with OPENSSL_clear_free. NULL: the passphrase is wrong, or `from` is damaged. */
unsigned char *pbe_open(struct pbe *p, const X509_ALGOR *a, const ASN1_OCTET_STRING *from, int *ret_len);

#endif
