/* SPDX-License-Identifier: MIT */
/* csr: reads certificate requests (PKCS#10). crypto/request makes them. */
#ifndef X509_CSR_H
#define X509_CSR_H

#include "base/err.h"
#include "x509/names.h"

#include <openssl/x509v3.h>
#include <stddef.h>

/* The bytes that a request may have, and that its subject may have. */
enum { CSR_DER_MAX = 256 << 10, CSR_SUBJECT_MAX = 4096, CSR_NAMES_MAX = 100 };

struct csr {
	X509_REQ *x;
	unsigned char *der; /* as it was received */
	size_t len;
	EVP_PKEY *key;        /* borrowed from x; NULL: unreadable */
	GENERAL_NAMES *names; /* the alternative names that it asks for; NULL: none */
	int names_broken;     /* it asks for alternative names that cannot be decoded, or twice */
};

/* Decodes exactly len bytes of DER. Yours to csr_free; NULL with *e filled if they are not one request. */
struct csr *csr_parse(const unsigned char *der, size_t len, struct err *e);
void csr_free(struct csr *c);
/* 1 if its signature is by the key in it: whoever made it holds the private key. */
int csr_is_signed(const struct csr *c);
/* Its subject in OpenSSL's one-line form, and its alternative names as names_list writes them, cut to
 * size. */
void csr_subject(const struct csr *c, char *ret, size_t size);
void csr_names(const struct csr *c, char *ret, size_t size);
/* Gives its names to t, as names_each does. */
int csr_each_name(const struct csr *c, const struct names_taker *t, struct err *e);
/* Whether a CA should sign it: 0; else -1, ERR_INPUT with what is wrong with it: its signature, its key, its
 * subject, its names. */
int csr_check(const struct csr *c, struct err *e);

#endif
