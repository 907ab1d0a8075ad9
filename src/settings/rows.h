/* SPDX-License-Identifier: MIT */
/* rows: declarations shared by the files of this component: the table of settings, the values, and settings
 * files. */
#ifndef SETTINGS_ROWS_H
#define SETTINGS_ROWS_H

#include "settings/settings.h"

enum { ROWS_MAX = 128, ROWS_ITEMS = 8, ROWS_PATH = SETTINGS_PATH, ROWS_VALUE = 4096 };

/* Identifies one value: a row, and one of its items. */
struct rows_place {
	const struct settings_row *row;
	unsigned item;                   /* 1 for rows without a list */
	const struct settings_row *also; /* another row that gets the same value; NULL: none */
};

/* A word of a row's path, "Server[1..3]". */
struct rows_word {
	const char *name;
	size_t len;
	unsigned low, high; /* the range in brackets; 0: the word has none */
};
/* Reads the first word of a row's path, or of the rest of one. Returns the rest after that word; NULL if
 * there is no word. */
const char *rows_word(const char *path, struct rows_word *ret);
/* Returns the number of items of the row. */
unsigned rows_items(const struct settings_row *row);
/* Writes the canonical path: "NetworkServices NTP Server 2 Address". */
void rows_canonical(const struct rows_place *at, char *ret, size_t size);
/* Finds the row and item for a typed path, as settings_lookup does. Returns 0, or -1 with *e. */
int rows_find(const char *path, struct rows_place *ret, struct err *e);
/* As rows_find, but words must be complete; case does not matter. */
int rows_find_whole(const char *path, struct rows_place *ret, struct err *e);
/* The same for a leaf of a Configuration document, as settings_find_leaf does. */
int rows_find_leaf(const struct doc *leaf, struct rows_place *ret, struct err *e);
/* Writes the setting, and the other one that gets the same value. Returns their number. */
size_t rows_found(const struct rows_place *at, struct settings_found ret[SETTINGS_FOUND_MAX]);

/* Reads one entry of a list of names: the beginning of settings' paths ("NetworkServices NTP",
 * "xConfiguration NTP Address") or, after xCommand, of commands' paths; case does not matter, words must be
 * complete. Appends the beginnings of paths for which it stands, spelled as in the tables, separated by ", ".
 * Fails with ERR_NOTFOUND if no path begins with it (the error suggests the most similar one), or with
 * ERR_INPUT. */
int rows_entry(const char *entry, struct buf *out, struct err *e);

/* Reads a list of entries separated by commas. Each is checked by rows_entry, then by the row's own rule.
 * Appends the list with the names spelled as in the tables. An unknown entry is an error if `unknown` is
 * NULL; otherwise it is kept unchanged, and unknown(arg, why) is called. */
int rows_list(const struct settings_row *row, const char *text, struct buf *out,
	      void (*unknown)(void *arg, const char *why), void *arg, struct err *e);

/* Checks a value of a row: its kind and range, the row's own check, its refusal, and its names. Writes the
 * canonical text to ret (ROWS_VALUE bytes). */
int rows_check(const struct rows_place *at, const char *text, char *ret, struct err *e);
/* As rows_check, for a value in a file: unknown names are kept and reported, as in rows_list. */
int rows_check_file(const struct rows_place *at, const char *text, char *ret,
		    void (*unknown)(void *arg, const char *why), void *arg, struct err *e);

/* The origin of a text. */
struct rows_source {
	enum settings_origin origin;
	unsigned file, line; /* SETTINGS_FROM_FILE: the index of the file, and the line in it */
};

/* Returns 1 if the value of this row would be refused, but the Configuration document `shown` (NULL: none)
 * has it: sending back what xConfiguration has printed is no mistake. */
int rows_is_shown(const struct doc *shown, const struct rows_place *at, const char *value);

/* The texts of all values, one for each row and item; NULL: not set. */
struct rows_values {
	char *text[ROWS_MAX][ROWS_ITEMS];
	struct rows_source source[ROWS_MAX * ROWS_ITEMS];
};
/* text NULL: the value is removed. */
void rows_values_set(struct rows_values *c, const struct rows_place *at, const char *text,
		     const struct rows_source *source);
const char *rows_values_get(const struct rows_values *c, const struct rows_place *at);
struct rows_source rows_values_source(const struct rows_values *c, const struct rows_place *at);
void rows_values_copy(struct rows_values *to, const struct rows_values *from);
void rows_values_done(struct rows_values *c);
/* Returns 1 if any text has this origin. */
int rows_values_have(const struct rows_values *c, enum settings_origin origin);
/* Returns 1 if all texts and origins are the same. */
int rows_values_equal(const struct rows_values *a, const struct rows_values *b);

struct file_reading {
	struct rows_values *values; /* gets the values from the file */
	/* NULL: it is the administrator's file. Otherwise it is the agent's own file, which another version
	 * may have written: lines that this version does not understand are added here unchanged. */
	struct buf *kept;
	unsigned file; /* the file's index, for the sources of the values */
	/* NULL, or the values as xConfiguration shows them: such a value is no mistake even if it would be
	 * refused, and lines may begin as in xConfiguration's answer */
	const struct doc *shown;
	settings_complain *complain;
	void *arg;
	/* Results: */
	/* number of lines without effect; number of unknown names in lists */
	int mistakes, notes;
	int is_newer;   /* a newer version has written the agent's own file */
	int is_damaged; /* 1: the agent's own file was changed or damaged, so nothing of it is used */
};
/* Reads a settings file. Returns 0, or -1 if it cannot be read. */
int file_load(const char *path, struct file_reading *r, struct err *e);
/* Reads text in place of a file; complaints have the file "". text[len] is a NUL. */
void file_read_text(const char *text, size_t len, struct file_reading *r);
/* Reads a Configuration document in place of a file; complaints have the file "" and line 0. */
void file_read_document(const struct doc *d, struct file_reading *r);
/* Deletes the kept lines that set this value. */
void file_kept_drop(struct buf *kept, const struct rows_place *at);
/* Prints the agent's own file: the checksum, the kept lines, then the values that are set, grouped by
 * origin. */
void file_print_own(const struct rows_values *values, const struct buf *kept, struct buf *out);

#endif
