/* SPDX-License-Identifier: MIT */
/* pbe: decrypts what is encrypted with a passphrase, and limits how much work that may be. Private to
 * x509. */
#ifndef X509_PBE_H
#define X509_PBE_H

#include "base/err.h"

#include <openssl/x509.h>
#include <stdint.h>

/* The fuzz targets are built with less, so that each of their inputs is quick. */
#ifndef PBE_ITERATIONS_MAX
#define PBE_ITERATIONS_MAX 10000000
#endif
#define PBE_SCRYPT_MIB_MAX 64

/* What one file may still cost, in iterations of a digest. The counts in an uploaded file are read and added
 * up before any key is derived. */
struct pbe_work {
	uint64_t left; /* PBE_ITERATIONS_MAX at first */
};

/* Adds up what the algorithm asks for, and checks that it is known; what names the encrypted thing in errors
 * ("the private key"). ERR_FULL: too much work. ERR_INPUT: the algorithm is too old or unknown; the error
 * says how to convert the file. */
int pbe_count(struct pbe_work *w, const X509_ALGOR *a, const char *what, struct err *e);
int pbe_count_iterations(struct pbe_work *w, const ASN1_INTEGER *n, const char *what, struct err *e);
/* 1 if this OpenSSL supports the digest or cipher. */
int pbe_has_digest(int nid);
int pbe_has_cipher(const char *name);

/* Decrypts from; call pbe_count before. Returns the content, *ret_len bytes, yours to free with
 * OPENSSL_clear_free; NULL: the passphrase (NULL, or a text) is wrong, or from is damaged. */
unsigned char *pbe_open(const X509_ALGOR *a, const ASN1_OCTET_STRING *from, const char *passphrase,
			int *ret_len);

#endif
