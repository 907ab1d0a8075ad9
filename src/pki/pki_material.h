/* SPDX-License-Identifier: MIT */
/* pki_material: loads roots, chains and revocation lists from files or texts. It keeps the ones that were
 * read last, since the lines of a batch use the same ones again and again. */
#ifndef PKI_PKI_MATERIAL_H
#define PKI_PKI_MATERIAL_H

#include "base/err.h"
#include "certstore/anchors.h"
#include "trust/verify.h"

struct material;
struct material *material_new(void);
void material_free(struct material *m);

/* Returns the roots and revocation lists, borrowed until the next call. crls may be NULL. Each text is the
 * name of a file, or PEM itself if it contains "-----BEGIN". Fails with ERR_NOTFOUND or ERR_IO if a file
 * cannot be read, with ERR_INPUT if it has other contents. */
const struct anchors *material_anchors(struct material *m, const char *roots, const char *crls,
				       struct err *e);
/* Returns lines about the parts of the last returned roots and lists that could not be read ("roots: line 3:
 * ..."); "" if there are none. Borrowed. */
const char *material_left_out(const struct material *m);
/* Returns the certificates of a file or text, as above. The caller frees them. */
struct verify_chain *material_chain(const char *chain, struct err *e);

#endif
