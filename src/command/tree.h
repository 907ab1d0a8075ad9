/* SPDX-License-Identifier: MIT */
/* tree: for each verb a document with the words that may follow it. Each row's path is a path in this
 * document, and the value of its leaf is the number of the row. Help, completion and the search for a command
 * use these documents. */
#ifndef COMMAND_TREE_H
#define COMMAND_TREE_H

#include "base/err.h"
#include "doc/doc.h"
#include "doc/doc_path.h"
#include "status/status.h"

#include <stddef.h>

struct command_row;

/* The caller frees each of them with doc_free. */
struct doc *tree_of_settings(void);
struct doc *tree_of_aliases(void); /* older systems' names of settings */
struct doc *tree_of_status(void);
struct doc *tree_of_commands(void);

/* Returns the child that word names, in full or by a unique beginning; case does not matter. Fails with
 * ERR_NOTFOUND if there is none, and the error suggests the most similar name; with ERR_INPUT if there are
 * several, which the error lists. */
const struct doc *tree_pick(const struct doc *level, const char *word, struct err *e);
/* Returns the number of a leaf's row in its table; -1: it is not a leaf. */
long tree_row(const struct doc *leaf);
/* Returns the number of the row of any leaf below the node. */
long tree_any_row(const struct doc *d);
/* Calls fn(arg, row number) for each leaf that a typed path (NULL or "": all leaves) selects. Fails with
 * ERR_NOTFOUND or ERR_INPUT as doc_find does. */
int tree_find(const struct doc *tree, const char *path, void (*fn)(void *arg, long row), void *arg,
	      struct err *e);

/* Copies a row's path without the ranges in brackets. Returns 0, or -1 if it does not fit. */
int tree_plain(const char *path, char *ret, size_t size);
/* Returns the i-th row of all commands; NULL after the last one. */
const struct command_row *tree_command(size_t i);
/* Returns the i-th row of all status leaves; NULL after the last one. */
const struct status_row *tree_status(size_t i);

#endif
