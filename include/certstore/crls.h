/* SPDX-License-Identifier: MIT */
/* crls: the certificate revocation lists in the store. */
#ifndef CERTSTORE_CRLS_H
#define CERTSTORE_CRLS_H

#include "certstore/anchors.h"

/* Adds every list in the upload in one change. A list of the same issuer and scope takes the place of an
 * older one; one that is older than what is there is refused (ERR_EXISTS), as are delta and indirect lists
 * (ERR_INPUT). Signatures are verified when a certificate is looked up in the list, not here; report (may be
 * NULL) tells of each list what was done, and what Revocation Mode Hard would not rely on. ret_added (may be
 * NULL): how many are new. AS_IS refuses nothing. */
int crls_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
	     struct err *e);
/* By its fingerprint, written as anchors_delete takes it. ERR_NOTFOUND. */
int crls_delete(struct anchors *a, const char *fingerprint, struct err *e);

size_t crls_count(const struct anchors *a);
/* The i-th of crls_count(a). Borrowed until the store changes. */
struct crl *crls_at(const struct anchors *a, size_t i);
/* The i-th as plain data: 0; -1 past the end. */
int crls_info(const struct anchors *a, size_t i, struct crl_info *ret);
/* All of them as PEM. */
void crls_print_pem(const struct anchors *a, struct buf *out);

#endif
