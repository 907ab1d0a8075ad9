/* SPDX-License-Identifier: MIT */
/* settings_db: struct settings_db, for the files settings*.c. settings.c makes documents and the snapshot of
 * the values, settings_load.c reads and writes the files, settings_change.c makes changes, and
 * settings_origin.c finds the origins of values. */
#ifndef SETTINGS_SETTINGS_DB_H
#define SETTINGS_SETTINGS_DB_H

#include "rows.h"

/* The administrator's files that were read; struct rows_source refers to them by index. */
struct settings_files {
	char **path;
	size_t n;
};

/* All sources of values besides the defaults. */
struct settings_layers {
	struct rows_values file; /* values from the administrator's files */
	struct rows_values own;  /* values from the terminal and the manager */
	struct settings_files files;
};

struct settings_db {
	char *own_path;
	struct settings_layers layers;
	struct buf kept;  /* lines of the own file that this version does not understand */
	int own_is_newer; /* a newer version has written the own file */
	struct settings now;
	/* the current values as a document; made once for each change, since it is read much more often */
	struct doc *doc;
};

struct settings_change {
	struct settings_db *db;
	struct rows_values own;
	struct buf kept;
};

/* --- settings.c --- */

/* Calls fn for each item of each row. */
void settings_each_place(void (*fn)(void *arg, const struct rows_place *at), void *arg);
/* Returns the value that is in effect if `own` has the values from the terminal and the manager. */
const char *settings_effective(const struct settings_layers *l, const struct rows_values *own,
			       const struct rows_place *at);
/* Writes the snapshot that is valid if `own` has the values from the terminal and the manager. */
void settings_snapshot(const struct settings_layers *l, const struct rows_values *own, struct settings *ret);
/* Makes snapshot and document again. */
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
