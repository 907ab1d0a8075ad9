/* SPDX-License-Identifier: MIT */
/* origins: finds the settings that a path selects and the origins of their values, for xConfiguration ... ?
 * and the commands xCommand Configuration. */
#ifndef COMMAND_ORIGINS_H
#define COMMAND_ORIGINS_H

#include "command/command.h"
#include "settings/origin.h"

enum { ORIGINS_PATH = 400 };

/* Returns the settings that a typed path selects, by their current names or by those of older systems, as a
 * Configuration document that the caller frees. Returns NULL with *e (ERR_NOTFOUND or ERR_INPUT) if there are
 * none. */
struct doc *origins_select(struct command *c, const char *path, struct err *e);

struct origins_item {
	struct doc *leaf; /* of the document that origins_select has returned */
	const struct settings_row *row;
	char path[ORIGINS_PATH]; /* canonical */
	size_t n;                /* number of sources */
	struct settings_source sources[SETTINGS_SOURCES_MAX];
	int is_from_system; /* 1: the value is the operating system's, and no setting */
	int hides_urls;     /* 1: URLs are shown as hide_urls shows them */
};
/* Returns an item for each setting of such a document, in its order, and their number in *ret_n. The caller
 * frees the array before the document. */
struct origins_item *origins_list(struct command *c, struct doc *selected, size_t *ret_n);

/* Appends the value and its origin, without a full stop: "x", set at the terminal; it hides "y" of FILE:3 */
void origins_describe(const struct origins_item *i, struct buf *out);
/* Sets the leaf's attributes origin and, if they apply, source, hides and hidesSource. */
void origins_set_attributes(const struct origins_item *i);
/* Adds the node Setting with this number to a result: Path, Value, Origin ... */
struct doc *origins_put(const struct origins_item *i, struct doc *result, size_t number);

#endif
