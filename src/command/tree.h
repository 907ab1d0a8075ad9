/* SPDX-License-Identifier: MIT */
/* tree: the words that may be typed, as a document per verb: each row's path, its number as the leaf's value.
 * Help, completion and the search for a command walk it. */
#ifndef COMMAND_TREE_H
#define COMMAND_TREE_H

#include "base/err.h"
#include "doc/doc.h"
#include "doc/path.h"
#include "status/status.h"

#include <stddef.h>

struct command_row;

/* All are yours to doc_free. */
struct doc *tree_of_settings(void);
struct doc *tree_of_aliases(void); /* older systems' names of settings */
struct doc *tree_of_status(void);
struct doc *tree_of_commands(void);

/* The child that word names, whole or by a unique beginning, in any case. ERR_NOTFOUND: text names the
 * nearest;
 * ERR_INPUT: text lists the candidates. */
const struct doc *tree_pick(const struct doc *level, const char *word, struct err *e);
/* The number of a leaf's row in its table; -1: it is no leaf. */
long tree_row(const struct doc *leaf);
/* Walks the leaves that a typed path selects (NULL or "": all): fn(arg, row number). ERR_NOTFOUND, ERR_INPUT
 * as doc_find. */
int tree_find(const struct doc *tree, const char *path, void (*fn)(void *arg, long row), void *arg,
	      struct err *e);

/* A row's path without what stands in brackets. 0, or -1 if it does not fit. */
int tree_plain(const char *path, char *ret, size_t size);
/* The i-th of all commands' rows, NULL past the end. */
const struct command_row *tree_command(size_t i);
/* The i-th of all status rows, NULL past the end. */
const struct status_row *tree_status(size_t i);

#endif
