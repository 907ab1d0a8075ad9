/* SPDX-License-Identifier: MIT */
/* signing: what all files that this device makes and signs with OpenSSL need. */
#ifndef CRYPTO_SIGNING_H
#define CRYPTO_SIGNING_H

#include "base/err.h"

struct x509_st; /* OpenSSL's X509, EVP_PKEY and EVP_MD */
struct evp_pkey_st;
struct evp_md_st;

/* Returns the digest for signatures with this key; NULL for keys whose signatures have a fixed digest. */
const struct evp_md_st *signing_digest(const struct evp_pkey_st *key);
/* Sets twenty random bytes as serial number. Returns 1; 0: it failed. */
int signing_set_serial(struct x509_st *x);
/* Adds an extension by its value in OpenSSL's configuration files. Returns 1; 0: it failed. */
int signing_add_extension(struct x509_st *x, struct x509_st *issuer, int nid, const char *value);
/* Fails with ERR_INPUT, "WHAT cannot be made", and OpenSSL's reason, which it removes. */
int signing_failed(const char *what, struct err *e);

#endif
