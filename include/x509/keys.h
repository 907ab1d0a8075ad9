/* SPDX-License-Identifier: MIT */
/* keys: the kind and the strength of a certificate's public key. */
#ifndef X509_KEYS_H
#define X509_KEYS_H

#include "x509/cert.h"

/* OpenSSL's security level 2. */
enum { KEYS_SECURITY_MIN = 112 };
enum keys_kind { KEYS_RSA, KEYS_RSA_PSS, KEYS_EC, KEYS_DSA, KEYS_EDWARDS, KEYS_OTHER };
enum keys_curve {
	KEYS_CURVE_GOOD,     /* P-256, P-384 or P-521; also for keys without a curve */
	KEYS_CURVE_OTHER,    /* another named curve */
	KEYS_CURVE_EXPLICIT, /* given by explicit parameters */
};

struct keys_strength {
	enum keys_kind kind;
	int security_bits; /* as OpenSSL rates the key: 112 for RSA of 2048 bits */
	int bad_exponent;  /* RSA: 1: the exponent is not an odd number of at least 3 */
	int odd_modulus;   /* RSA: 1: the length of the modulus is not a multiple of 8 bits */
	enum keys_curve curve;
	char text[96]; /* "RSA of 2048 bits" */
};

/* Fills ret for the certificate's key. Returns -1 if the key cannot be read. */
int keys_strength(const struct cert *c, struct keys_strength *ret);
/* As keys_strength, for a public key in the form that certificates and requests have. */
int keys_strength_of(const X509_PUBKEY *spki, struct keys_strength *ret);
/* Returns why a new certificate should not have this key, as a phrase: "too weak, 2048 bits are the least".
 * Static; NULL: it may have it. */
const char *keys_weakness(const struct keys_strength *k);
/* Returns 0 if a new certificate may have this key; otherwise -1 with ERR_INPUT and its weakness. */
int keys_check(const EVP_PKEY *key, struct err *e);
/* Returns 1 if both have the same public key. */
int keys_same(const EVP_PKEY *a, const EVP_PKEY *b);
/* Returns 1 if the issuer's key, which must be readable, is of the kind that the child's signature algorithm
 * needs. */
int keys_could_sign(const struct cert *issuer, const struct cert *child);

#endif
