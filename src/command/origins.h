/* SPDX-License-Identifier: MIT */
/* origins: settings that a path selects, and where their values come from, for xConfiguration ... ? and the
 * commands xCommand Configuration. */
#ifndef COMMAND_ORIGINS_H
#define COMMAND_ORIGINS_H

#include "command/command.h"
#include "settings/origin.h"

enum { ORIGINS_PATH = 400 };

/* Returns the settings that a typed path selects, by their current names or by those of older systems, as
 * a Configuration document that the caller frees. NULL with *e (ERR_NOTFOUND or ERR_INPUT) if there are
 * none. */
struct doc *origins_select(struct command *c, const char *path, struct err *e);

struct origins_item {
	struct doc *leaf; /* of the document that origins_select has returned */
	const struct settings_row *row;
	char path[ORIGINS_PATH]; /* canonical */
	size_t n;                /* of sources */
	struct settings_source sources[SETTINGS_SOURCES_MAX];
	int is_from_system; /* the operating system has set it, and no setting */
};
/* Returns the settings of such a document, in its order, with *ret_n items; the caller frees the array, and
 * after it the document. */
struct origins_item *origins_list(struct command *c, struct doc *selected, size_t *ret_n);

/* Returns the word for the origin of the value in effect: "Terminal", "System" ... */
const char *origins_word(const struct origins_item *i);
/* Appends the value and its origin, as text without a full stop: "x", set at the terminal; it hides "y" of
 * FILE:3 */
void origins_describe(const struct origins_item *i, struct buf *out);
/* Gives the leaf the attributes origin, source, hides and hidesSource, the last three where they apply. */
void origins_set_attributes(const struct origins_item *i);
/* Adds the node Setting with this number to a result: Path, Value, Origin ... */
struct doc *origins_put(const struct origins_item *i, struct doc *result, size_t number);

#endif
