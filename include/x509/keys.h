/* SPDX-License-Identifier: MIT */
/* keys: what a certificate's public key is, and how strong. */
#ifndef X509_KEYS_H
#define X509_KEYS_H

#include "x509/cert.h"

/* OpenSSL's security level 2. */
enum { KEYS_SECURITY_MIN = 112 };
enum keys_kind { KEYS_RSA, KEYS_RSA_PSS, KEYS_EC, KEYS_DSA, KEYS_EDWARDS, KEYS_OTHER };
enum keys_curve {
	KEYS_CURVE_GOOD,     /* P-256, P-384 or P-521; also of keys without a curve */
	KEYS_CURVE_OTHER,    /* another curve, by its name */
	KEYS_CURVE_EXPLICIT, /* its parameters are spelled out */
};

struct keys_strength {
	enum keys_kind kind;
	int security_bits; /* as OpenSSL rates the key: 112 for RSA of 2048 bits */
	int bad_exponent;  /* RSA: the exponent is not an odd number of at least 3 */
	int odd_modulus;   /* RSA: the length of the modulus is not a multiple of 8 bits */
	enum keys_curve curve;
	char text[96]; /* "RSA of 2048 bits" */
};

/* Reads the certificate's key into ret; -1 if it cannot be read. */
int keys_strength(const struct cert *c, struct keys_strength *ret);
/* The same of a public key as certificates and requests hold it. */
int keys_strength_of(const X509_PUBKEY *spki, struct keys_strength *ret);
/* Why a new certificate should not have this key, as a phrase: "too weak, 2048 bits are the least". Static;
 * NULL: it may. */
const char *keys_weakness(const struct keys_strength *k);
/* Whether a new certificate may have this key: 0; else -1, ERR_INPUT with its weakness. */
int keys_check(const EVP_PKEY *key, struct err *e);
/* 1 if both have the same public key. */
int keys_same(const EVP_PKEY *a, const EVP_PKEY *b);
/* 1 if the issuer's key, which is readable, is of the kind that the child's signature algorithm needs. */
int keys_could_sign(const struct cert *issuer, const struct cert *child);

#endif
