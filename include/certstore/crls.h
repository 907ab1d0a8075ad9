/* SPDX-License-Identifier: MIT */
/* crls: the certificate revocation lists in the store. */
#ifndef CERTSTORE_CRLS_H
#define CERTSTORE_CRLS_H

#include "certstore/anchors.h"

/* Adds all lists of the upload in one change. A list replaces the older ones of the same issuer and scope
 * that the key of the same loaded certificate has signed. A list that no loaded certificate verifies may
 * be forged, so it never replaces another; it may be right all the same, since the certificate of an
 * intermediate often comes from the server only. A list that is older than the one that it would replace
 * is refused (ERR_EXISTS), and so are delta and indirect lists (ERR_INPUT). A signature that fails is no
 * reason to refuse a list, since it is verified again when a certificate is looked up in the list. report
 * (may be NULL) gets a line for each list: what was done, whether a loaded certificate verifies it, and
 * why Revocation Mode Hard would not rely on it, if so. *ret_added (ret_added may be NULL) is the number
 * of new lists. AS_IS refuses nothing. */
int crls_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
	     struct err *e);
/* Deletes the list with this fingerprint, in a form that anchors_delete accepts. Fails with ERR_NOTFOUND. */
int crls_delete(struct anchors *a, const char *fingerprint, struct err *e);

size_t crls_count(const struct anchors *a);
/* Returns the i-th list of crls_count(a). Borrowed until the store changes. */
struct crl *crls_at(const struct anchors *a, size_t i);
/* Describes the i-th list as plain data. Returns 0; -1 after the last one. */
int crls_info(const struct anchors *a, size_t i, struct crl_info *ret);
/* Prints all lists as PEM. */
void crls_print_pem(const struct anchors *a, struct buf *out);

#endif
