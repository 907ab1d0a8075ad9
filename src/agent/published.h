/* SPDX-License-Identifier: MIT */
/* published: knows which of the names that codec software publishes in Status are lists, and which types
 * their values have. The published XML says neither, but terminal lines and JSON show both
 * (docs/terminal.md). A name is a list if it is published with maxOccurrence, if the table in published.c has
 * it as a list, or if it was published with an item number above 1. A name that is a list stays one as long
 * as the agent runs. */
#ifndef AGENT_PUBLISHED_H
#define AGENT_PUBLISHED_H

#include "doc/doc.h"
#include "doc/doc_path.h"

struct published;

struct published *published_new(void);
void published_free(struct published *p);

/* Sets the types of the values in news and marks its lists, before news is merged into status. A name that is
 * newly recognised as a list is marked in status, too. */
void published_mark(struct published *p, struct doc *status, struct doc *news);
/* Returns 1 if the path (below Status) leads to a list or into its items, while status has no item of that
 * list. */
int published_is_empty_list(const struct published *p, const struct doc *status, const struct doc_path *path,
			    enum doc_words how);

#endif
