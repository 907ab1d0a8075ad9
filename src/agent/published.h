/* SPDX-License-Identifier: MIT */
/* published: what is known of the names that codec software publishes in Status: which are lists, and what
 * their values are. XML says neither, but terminal lines and JSON show both (docs/terminal.md). A name is a
 * list when it is published with maxOccurrence, when the table has it as one, or once it has had an item
 * above 1: from then on for as long as the agent runs. */
#ifndef AGENT_PUBLISHED_H
#define AGENT_PUBLISHED_H

#include "doc/doc.h"
#include "doc/path.h"

struct published;

struct published *published_new(void);
void published_free(struct published *p);

/* Gives the nodes of news their types and marks what are lists, before news is merged into status. A list
 * that is one from now on is marked in status, too. */
void published_mark(struct published *p, struct doc *status, struct doc *news);
/* Does the path (below Status) name a list, all of its items, or what stands in them, while status has no
 * item of it? */
int published_is_empty_list(const struct published *p, const struct doc *status, const struct doc_path *path,
			    enum doc_words how);

#endif
