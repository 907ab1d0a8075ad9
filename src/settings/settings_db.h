/* SPDX-License-Identifier: MIT */
/* settings_db: what struct settings_db holds, for the files settings*.c: settings.c makes documents and the
 * snapshot of the values, settings_load.c reads and writes the files, settings_change.c makes changes, and
 * settings_origin.c says where a value comes from. */
#ifndef SETTINGS_SETTINGS_DB_H
#define SETTINGS_SETTINGS_DB_H

#include "rows.h"

/* The files that the administrator's settings were read from; sources name them by their index. */
struct settings_files {
	char **path;
	size_t n;
};

/* Everything that gives a setting its value, beside the defaults. */
struct settings_layers {
	struct rows_values file; /* what the administrator's files set */
	struct rows_values own;  /* what the terminal and the manager set */
	struct settings_files files;
};

struct settings_db {
	char *own_path;
	struct settings_layers layers;
	struct buf kept;  /* lines of the own file that this version does not understand */
	int own_is_newer; /* a newer version has written the own file */
	struct settings now;
	struct doc
		/* the current values as a document; made once for each change, since it is read much more
		 * often */
		*doc;
};

struct settings_change {
	struct settings_db *db;
	struct rows_values own;
	struct buf kept;
};

/* --- settings.c --- */

/* Calls fn for each item of each row. */
void settings_each_place(void (*fn)(void *arg, const struct rows_place *at), void *arg);
/* Returns the value in effect, if `own` is what the terminal and the manager set. */
const char *settings_effective(const struct settings_layers *l, const struct rows_values *own,
			       const struct rows_place *at);
/* Writes the snapshot, if `own` is what the terminal and the manager set. */
void settings_snapshot(const struct settings_layers *l, const struct rows_values *own, struct settings *ret);
/* Makes the snapshot and the document anew. */
void settings_refresh(struct settings_db *db);
/* Returns the Configuration document of the values that differ from those that `before` and the
 * administrator's files gave; NULL if none does. */
struct doc *settings_differences(const struct settings_db *db, const struct rows_values *before);

/* --- settings_load.c --- */

/* Lines that are kept may be secret: they are overwritten. */
void settings_kept_copy(struct buf *to, const struct buf *from);
void settings_layers_done(struct settings_layers *l);
/* Writes the agent's own file. */
int settings_save(const struct settings_change *c, struct err *e);

#endif
