/* SPDX-License-Identifier: MIT */
/* own: the device's own certificates with their keys, shown to servers that ask for one (mutual TLS). A key
 * that was uploaded under a passphrase lies under it on disk, too, and is decrypted in memory only; after a
 * restart it is locked until it is unlocked. */
#ifndef CERTSTORE_OWN_H
#define CERTSTORE_OWN_H

#include "certstore/anchors.h"

struct own_info {
	struct cert_info cert; /* used_for: "HttpClient" once activated */
	size_t chain;          /* certificates kept beside it */
	int encrypted, locked;
};

/* Adds one certificate from PEM (certificate, chain, key in any order) or PKCS#12, binary or in base64. Of
 * the chain the CAs above the certificate are kept, in their order and without the root. ret_fingerprint (may
 * be NULL): the SHA-1 of what was added; report (may be NULL): one line a certificate. Each refusal in its
 * own words: no certificate, no key, key of another certificate, passphrase wrong or missing, a cipher or
 * derivation that is not supported, too much work (10 million iterations in all, scrypt with 64 MiB), and
 * what verification would find wrong with it. ERR_EXISTS when it is there already. */
int own_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, char ret_fingerprint[41],
	    struct err *e);
/* These three and own_unlock take a fingerprint as anchors_delete does; ERR_NOTFOUND. One certificate serves
 * HttpClient: activating it takes the place of another. ERR_INPUT: servers would refuse it as a client's. */
int own_activate(struct anchors *a, const char *fingerprint, struct err *e);
int own_deactivate(struct anchors *a, const char *fingerprint, struct err *e);
int own_delete(struct anchors *a, const char *fingerprint, struct err *e);
/* Decrypts the key in memory. ERR_DENIED: not with this passphrase. */
int own_unlock(struct anchors *a, const char *fingerprint, const char *passphrase, struct err *e);

size_t own_count(const struct anchors *a);
/* The i-th as plain data: 0; -1 past the end. */
int own_info(const struct anchors *a, size_t i, struct own_info *ret);
/* Certificates without keys as PEM: the i-th with its chain, or all of them. */
void own_print_one(const struct anchors *a, size_t i, struct buf *out);
void own_print_pem(const struct anchors *a, struct buf *out);
/* Gives an SSL_CTX (opaque) the active certificate and its key, should there be one that is not locked.
 * ERR_TLS. */
int own_use(const struct anchors *a, void *ssl_ctx, struct err *e);

#endif
