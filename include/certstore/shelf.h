/* SPDX-License-Identifier: MIT */
/* shelf: what anchors holds in memory, and how it lies on disk. Private to trust.
 *
 * Each list is one file, replaced whole: a first line with the checksum of what follows, then text and PEM
 * blocks. */
#ifndef CERTSTORE_SHELF_H
#define CERTSTORE_SHELF_H

#include "base/buf.h"
#include "certstore/anchors.h"
#include "x509/bundle.h"
#include "x509/cert.h"

struct anchor {
	struct cert *cert;
	char *pin_host; /* NULL: a root for every host */
};

struct anchor_list {
	size_t n;
	struct anchor at[ANCHORS_MAX];
};

struct crl;
struct crl_list {
	size_t n;
	struct crl *at[ANCHORS_CRLS_MAX];
};

struct own {
	struct cert *cert, *chain[BUNDLE_CHAIN_MAX];
	size_t n_chain;
	char *key_pem; /* as it lies on disk */
	EVP_PKEY *key; /* NULL: locked */
	int encrypted, active;
};
struct own_list {
	size_t n;
	struct own *at[ANCHORS_OWN_MAX];
};

struct anchors {
	char *dir; /* NULL: in memory only */
	struct anchor_list now, before;
	struct crl_list crls;
	struct own_list own;
	uint64_t generation;
};

/* The parts of opening and freeing that other files know. */
int crls_load(struct anchors *a, struct buf *notice, struct err *e);
void crls_done(struct anchors *a);
int own_load(struct anchors *a, struct buf *notice, struct err *e);
void own_done(struct anchors *a);
/* Gives an SSL_CTX the active certificate and its key, should there be one that is not locked. */
int own_use(const struct anchors *a, void *ssl_ctx, struct err *e);

/* Writes body, with its checksum before it, to dir/name; nothing when dir is NULL. */
int shelf_save(const char *dir, const char *name, const struct buf *body, struct err *e);
/* The body back. A file that is damaged is renamed to name.damaged and told in notice (may be NULL); body is
 * empty then, as when there is no file. */
int shelf_load(const char *dir, const char *name, struct buf *body, struct buf *notice, struct err *e);

#endif
