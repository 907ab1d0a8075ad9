/* SPDX-License-Identifier: MIT */
/* pki_material: roots, chains and revocation lists, from files or texts. The last ones that were read are
 * kept, since a batch names the same ones again and again. */
#ifndef PKI_PKI_MATERIAL_H
#define PKI_PKI_MATERIAL_H

#include "base/err.h"
#include "certstore/anchors.h"
#include "trust/verify.h"

struct material;
struct material *material_new(void);
void material_free(struct material *m);

/* The roots and revocation lists, borrowed until the next call. crls may be NULL. Each text is a file's
 * name, or PEM itself when "-----BEGIN" stands in it. ERR_NOTFOUND and ERR_IO: a file cannot be read;
 * ERR_INPUT: it holds something else. */
const struct anchors *material_anchors(struct material *m, const char *roots, const char *crls,
				       struct err *e);
/* Returns lines about what could not be read in the roots and lists that were returned last ("roots: line
 * 3: ..."); "" if all could. Borrowed. */
const char *material_left_out(const struct material *m);
/* The certificates of a file or text as above. Yours to free. */
struct verify_chain *material_chain(const char *chain, struct err *e);

#endif
