/* SPDX-License-Identifier: MIT */
/* doc_tree: declarations shared by the files of doc. */
#ifndef DOC_DOC_TREE_H
#define DOC_DOC_TREE_H

#include "doc/doc.h"

/* Returns a copy of a node without its children. */
struct doc *tree_shallow(const struct doc *d);
/* Inserts child (a root) after `before`, or as the first child if that is NULL. */
void tree_insert(struct doc *parent, struct doc *child, struct doc *before);
/* Removes child, which follows `before` (NULL: it is the first), from its parent. */
void tree_remove(struct doc *child, struct doc *before);
/* Returns the item number; 1 for a node without one, since codecs write both forms. */
uint32_t tree_place(const struct doc *d);
/* Compares siblings: by name, then by tree_place. */
int tree_order(const struct doc *a, const struct doc *b);
/* Returns a list of the *ret_n children in which children with the same name follow each other, at the place
 * of the first one; the caller frees it. NULL: they are in such an order already. */
struct doc **tree_grouped(const struct doc *d, size_t *ret_n);

#endif
