/* SPDX-License-Identifier: MIT */
/* internal: what the certificate store holds in memory. Each of its three lists is one state file
 * (crypto/state_file) of text lines and PEM blocks. */
#ifndef CERTSTORE_INTERNAL_H
#define CERTSTORE_INTERNAL_H

#include "certstore/anchors.h"
#include "x509/bundle.h"
#include "x509/cert.h"
#include "x509/crl.h"

struct anchor_list {
	size_t n;
	struct anchor at[ANCHORS_MAX];
};

struct crl_list {
	size_t n;
	struct crl *at[ANCHORS_CRLS_MAX];
};

/* One of the device's own certificates, with the CAs above it and its private key. */
struct own {
	struct cert *cert, *chain[BUNDLE_CHAIN_MAX];
	size_t n_chain;
	char *key_pem; /* the private key as it lies on disk */
	EVP_PKEY *key; /* the same, decrypted; NULL: it is locked until somebody gives the passphrase */
	int encrypted, active; /* active: it is shown to servers that ask for a client certificate */
};
struct own_list {
	size_t n;
	struct own *at[ANCHORS_OWN_MAX];
};

/* The whole certificate store. It is called anchors for its roots and pins, but holds the revocation lists
 * (crls.c) and the device's own certificates (own.c), too. */
struct anchors {
	char *dir; /* NULL: in memory only */
	const struct anchors_checks *checks;
	struct anchor_list now, before; /* roots and pins; before: as they were before the last change */
	struct crl_list crls;
	struct own_list own;
	uint64_t generation;
};

/* crls_load and own_load read their list when the store is opened; what is damaged is told in notice (may be
 * NULL). crls_done and own_done free the lists. */
int crls_load(struct anchors *a, struct buf *notice, struct err *e);
void crls_done(struct anchors *a);
int own_load(struct anchors *a, struct buf *notice, struct err *e);
void own_done(struct anchors *a);

#endif
