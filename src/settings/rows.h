/* What the files of settings share. */
#ifndef SETTINGS_ROWS_H
#define SETTINGS_ROWS_H

#include "settings/settings.h"

enum { ROWS_MAX = 128, ROWS_ITEMS = 4, ROWS_PATH = 200, ROWS_VALUE = 4096 };

/* One value's place: row and item. */
struct rows_place {
	const struct settings_row *row;
	unsigned item;				/* 1 for rows without a list */
};

/* A word of a row's path, "Server[1..3]". */
struct rows_word {
	const char *name;
	size_t len;
	unsigned low, high;			/* 0: no list */
};
/* The first word of (the rest of) a row's path: returns what follows it, NULL if there is none. */
const char *rows_word(const char *path, struct rows_word *ret);
/* How many items the row has. */
unsigned rows_items(const struct settings_row *row);
/* "NetworkServices NTP Server 2 Address" */
void rows_canonical(const struct rows_place *at, char *ret, size_t size);
/* As settings_lookup. */
int rows_find(const char *path, struct rows_place *ret, struct err *e);

/* Judges text for a row: kind, range, check, refusal. Canonical text to ret (ROWS_VALUE bytes). */
int rows_judge(const struct rows_place *at, const char *text, char *ret, struct err *e);

/* Texts of all values, one cell for each row and item, NULL where none is set. */
struct rows_cells {
	char *text[ROWS_MAX][ROWS_ITEMS];
};
void rows_cells_set(struct rows_cells *c, const struct rows_place *at, const char *text);	/* NULL: unset */
const char *rows_cells_get(const struct rows_cells *c, const struct rows_place *at);
void rows_cells_copy(struct rows_cells *to, const struct rows_cells *from);
void rows_cells_done(struct rows_cells *c);
int rows_cells_equal(const struct rows_cells *a, const struct rows_cells *b);

/* What a file says, into cells; mistakes go to complain. Their number, or -1 when the file cannot be read. */
int file_load(const char *path, struct rows_cells *cells, settings_complain *complain, void *arg, struct err *e);
/* One line of a settings file for each value that is set. */
void file_print(const struct rows_cells *cells, struct buf *out);

#endif
