/* SPDX-License-Identifier: MIT */
/* certstore_internal: what the certificate store holds in memory. Each of its three lists is one state file
 * (crypto/state_file) of text lines and PEM blocks. */
#ifndef CERTSTORE_CERTSTORE_INTERNAL_H
#define CERTSTORE_CERTSTORE_INTERNAL_H

#include "certstore/anchors.h"
#include "certstore/requests.h"
#include "x509/bundle.h"
#include "x509/cert.h"
#include "x509/crl.h"

struct anchor_list {
	size_t n;
	struct anchor at[ANCHORS_MAX];
};

/* Empties the list. */
void anchor_list_clear(struct anchor_list *l);
/* Adds a copy of a at the end, where there must be room. */
void anchor_list_push(struct anchor_list *l, const struct anchor *a);
/* Adds copies of all entries of `from` to `to`. */
void anchor_list_copy(struct anchor_list *to, const struct anchor_list *from);
/* Returns the entry of this certificate with this pin (pin_host NULL: as a root without a pin), or NULL if
 * the list has none. */
struct anchor *anchor_list_find(struct anchor_list *l, const struct cert *c, const char *pin_host);

struct crl_list {
	size_t n;
	struct crl *at[ANCHORS_CRLS_MAX];
};

/* One of the device's own certificates, with the CAs above it and its private key. */
struct own {
	struct cert *cert, *chain[BUNDLE_CHAIN_MAX];
	size_t n_chain;
	/* The private key as PEM, encrypted if `encrypted` is 1. NULL once it is stored: the key is then only
	 * on disk. */
	char *key_pem;
	/* decrypted; NULL: the certificate is not active, or its key is locked */
	EVP_PKEY *key;
	int encrypted;
	unsigned active; /* sum of enum own_purpose */
};
/* A certificate signing request that waits for its certificate. */
struct waiting {
	char name[REQUESTS_NAME_MAX + 1];
	char *request_pem;
	X509_REQ *request;
	char *key_pem; /* as in struct own */
	int encrypted;
	char renews[41]; /* SHA-1 of the certificate whose key it has; "": the key is new */
};
/* Certificates and requests are kept in one file, so that a certificate replaces its request in one step. */
struct own_list {
	size_t n, n_waiting;
	struct own *at[ANCHORS_OWN_MAX];
	struct waiting *waiting[REQUESTS_MAX];
};

/* The whole certificate store. It is called anchors because of its roots and pins, but also has the
 * revocation lists (crls.c) and the device's own certificates (own.c) and requests (requests.c). */
struct anchors {
	char *dir; /* NULL: in memory only */
	const struct anchors_checks *checks;
	struct anchor_list now, before; /* roots and pins; `before`: as they were before the last change */
	struct crl_list crls;
	struct own_list own;
	uint64_t generation;
};

/* Stores the list `next` and makes it the current one; *next is empty afterwards. The previous list is kept
 * as `before`. */
int anchors_commit(struct anchors *a, struct anchor_list *next, struct err *e);
/* crls_load and own_load read their list when the store is opened; notice (may be NULL) gets a line for each
 * damaged entry. crls_done and own_done free the lists. */
int crls_load(struct anchors *a, struct buf *notice, struct err *e);
void crls_done(struct anchors *a);
int own_load(struct anchors *a, struct buf *notice, struct err *e);
void own_done(struct anchors *a);

#endif
