/* SPDX-License-Identifier: MIT */
/* What the files of doc share. */
#ifndef DOC_TREE_H
#define DOC_TREE_H

#include "doc/doc.h"

/* One node without its children. */
struct doc *tree_shallow(const struct doc *d);
/* Puts child (a root) behind before, or first if that is NULL. */
void tree_insert(struct doc *parent, struct doc *child, struct doc *before);
/* Takes child, which stands behind before (NULL: first), out of its parent. */
void tree_remove(struct doc *child, struct doc *before);
/* A node without an item stands where item 1 does: codecs write both. */
uint32_t tree_place(const struct doc *d);
/* Order of siblings: by name, then by place. */
int tree_order(const struct doc *a, const struct doc *b);
/* Sorts the children (not theirs) unless they are in order. */
void tree_sort(struct doc *d);

/* The children in order, without touching them. */
struct tree_kids {
	struct doc **v;
	size_t n;
	struct doc *few[32]; /* v points here, or to the heap when there are more */
};
void tree_kids(struct tree_kids *k, const struct doc *d);
void tree_kids_done(struct tree_kids *k);
/* The children so that names that repeat stand together, each where its first one stands: *ret_n of them,
 * yours to free. NULL: they stand so as they are. */
struct doc **tree_grouped(const struct doc *d, size_t *ret_n);

#endif
