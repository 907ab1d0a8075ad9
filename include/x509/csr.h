/* SPDX-License-Identifier: MIT */
/* csr: reads certificate requests (PKCS#10). crypto/request makes them. */
#ifndef X509_CSR_H
#define X509_CSR_H

#include "base/err.h"
#include "x509/names.h"

#include <openssl/x509v3.h>
#include <stddef.h>

/* The maximum bytes of a request and of its subject, and the maximum number of its names. */
enum { CSR_DER_MAX = 256 << 10, CSR_SUBJECT_MAX = 4096, CSR_NAMES_MAX = 100 };

struct csr {
	X509_REQ *x;
	unsigned char *der; /* the bytes as they were received */
	size_t len;
	EVP_PKEY *key;        /* borrowed from x; NULL: unreadable */
	GENERAL_NAMES *names; /* the requested alternative names; NULL: none */
	int names_broken;     /* 1: the requested alternative names cannot be decoded, or occur twice */
};

/* Decodes exactly len bytes of DER. The caller frees the result with csr_free. Returns NULL with *e if they
 * are not one request. */
struct csr *csr_parse(const unsigned char *der, size_t len, struct err *e);
void csr_free(struct csr *c);
/* Returns 1 if the signature was made by the key in it, which proves that its maker has the private key. */
int csr_is_signed(const struct csr *c);
/* Write its subject in OpenSSL's one-line form, and its alternative names in the form of names_list, cut to
 * size. */
void csr_subject(const struct csr *c, char *ret, size_t size);
void csr_names(const struct csr *c, char *ret, size_t size);
/* Calls t's functions for its names, as names_each does. */
int csr_each_name(const struct csr *c, const struct names_taker *t, struct err *e);
/* Returns 0 if a CA should sign it; otherwise -1 with ERR_INPUT and what is wrong with its signature, key,
 * subject or names. */
int csr_check(const struct csr *c, struct err *e);

#endif
