/* SPDX-License-Identifier: MIT */
/* material: roots, chains and lists from files or texts, with what was parsed before kept. Private to pki. */
#ifndef PKI_MATERIAL_H
#define PKI_MATERIAL_H

#include "base/err.h"
#include "certstore/anchors.h"
#include "trust/verify.h"

/* Roots and revocation lists that were used lately. */
struct material;
struct material *material_new(void);
void material_free(struct material *m);

/* Borrowed until the next call. crls may be NULL. Each text is a file's name, or PEM when it has "-----BEGIN"
 * in it. ERR_NOTFOUND and ERR_IO for files, ERR_INPUT for what is in them. */
const struct anchors *material_anchors(struct material *m, const char *roots, const char *crls,
				       struct err *e);
/* What could not be read of the roots and lists that were given out last, a line each ("roots: line 3: ...");
 * "" if nothing. Borrowed. */
const char *material_left_out(const struct material *m);
/* Yours to free. */
struct verify_chain *material_chain(const char *chain, struct err *e);

#endif
