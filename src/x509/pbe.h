/* SPDX-License-Identifier: MIT */
/* pbe: what lies under a passphrase, and how much work opening it may be. Private. */
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

/* What one file may still cost, in iterations of a digest; an uploaded file's counts are read before anything
 * is derived. */
struct pbe_work {
	uint64_t left; /* PBE_ITERATIONS_MAX at first */
};

/* Counts what the algorithm asks for, and sees whether it is known; what names the thing that is under it
 * ("the private key"). ERR_FULL: too much work. ERR_INPUT: it is too old or unknown, with the way out. */
int pbe_count(struct pbe_work *w, const X509_ALGOR *a, const char *what, struct err *e);
int pbe_count_iterations(struct pbe_work *w, const ASN1_INTEGER *n, const char *what, struct err *e);
/* Whether OpenSSL has this digest or cipher at hand. */
int pbe_has_digest(int nid);
int pbe_has_cipher(const char *name);

/* After pbe_count. The content, *ret_len bytes, to be wiped and freed with OPENSSL_clear_free; NULL: not with
 * this passphrase (NULL, or a text), or it is damaged. */
unsigned char *pbe_open(const X509_ALGOR *a, const ASN1_OCTET_STRING *from, const char *passphrase,
			int *ret_len);

#endif
