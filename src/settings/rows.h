/* SPDX-License-Identifier: MIT */
/* rows: what the .c files of settings share: places of values, paths of rows, the values themselves, files.
 * Private to settings. */
#ifndef SETTINGS_ROWS_H
#define SETTINGS_ROWS_H

#include "settings/settings.h"

enum { ROWS_MAX = 128, ROWS_ITEMS = 4, ROWS_PATH = 200, ROWS_VALUE = 4096 };

/* Which value is meant: a row, and one of its items. */
struct rows_place {
	const struct settings_row *row;
	unsigned item;                   /* 1 for rows without a list */
	const struct settings_row *also; /* another row that gets the same value; NULL: none */
};

/* A word of a row's path, "Server[1..3]". */
struct rows_word {
	const char *name;
	size_t len;
	unsigned low, high; /* 0: no list */
};
/* The first word of (the rest of) a row's path: returns what follows it, NULL if there is none. */
const char *rows_word(const char *path, struct rows_word *ret);
/* How many items the row has. */
unsigned rows_items(const struct settings_row *row);
/* "NetworkServices NTP Server 2 Address" */
void rows_canonical(const struct rows_place *at, char *ret, size_t size);
/* Finds the row and item for a typed path, as settings_lookup does: 0; -1 with *e filled. */
int rows_find(const char *path, struct rows_place *ret, struct err *e);

/* An entry of a list of names, in any case but with whole words: the beginning of settings' paths
 * ("NetworkServices NTP", "xConfiguration NTP Address") or, behind xCommand, of commands'. Appends the
 * beginnings that it stands for, as the tables write them, with ", " between. ERR_NOTFOUND: nothing begins
 * so, the text names the nearest; ERR_INPUT. */
int rows_entry(const char *entry, struct buf *out, struct err *e);

/* A list of entries with commas between: each as rows_entry says, then as the row's own rule. Appends the
 * list in its whole words. An entry that names nothing: unknown NULL: refused; else it is kept as it is, and
 * unknown(arg, why) is called. */
int rows_list(const struct settings_row *row, const char *text, struct buf *out,
	      void (*unknown)(void *arg, const char *why), void *arg, struct err *e);

/* Checks text for a row: kind, range, check, refusal, names. Canonical text to ret (ROWS_VALUE bytes). */
int rows_check(const struct rows_place *at, const char *text, char *ret, struct err *e);
/* The same; names in lists that stand for nothing are kept, and told as in rows_list. */
int rows_check_file(const struct rows_place *at, const char *text, char *ret,
		    void (*unknown)(void *arg, const char *why), void *arg, struct err *e);

/* Texts of all values, one for each row and item, NULL where none is set. */
struct rows_values {
	char *text[ROWS_MAX][ROWS_ITEMS];
};
void rows_values_set(struct rows_values *c, const struct rows_place *at, const char *text); /* NULL: unset */
const char *rows_values_get(const struct rows_values *c, const struct rows_place *at);
void rows_values_copy(struct rows_values *to, const struct rows_values *from);
void rows_values_done(struct rows_values *c);
int rows_values_equal(const struct rows_values *a, const struct rows_values *b);

struct file_reading {
	struct rows_values *values; /* what the file sets */
	/* NULL: the administrator's file. Else ours, which another version may have written: lines that say
	 * nothing to this one are added here as they are. */
	struct buf *kept;
	settings_complain *complain;
	void *arg;
	/* Filled in: */
	int mistakes, notes; /* lines that have no effect; names in lists that stand for nothing */
	int is_damaged;      /* the agent's own file is not as it was written: nothing of it holds */
};
/* 0, or -1 when the file cannot be read. */
int file_load(const char *path, struct file_reading *r, struct err *e);
/* Deletes the kept lines that are about this value. */
void file_kept_drop(struct buf *kept, const struct rows_place *at);
/* Appends the agent's own file as a whole: the checksum, the kept lines, then what is set. */
void file_print_own(const struct rows_values *values, const struct buf *kept, struct buf *out);

#endif
