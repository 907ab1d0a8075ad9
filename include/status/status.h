/* SPDX-License-Identifier: MIT */
/* status: the agent's own leaves of the Status document. Each leaf is one row of a table, with its path, its
 * kind, its help and the function that reads its value. Each component has a table of its own leaves. */
#ifndef STATUS_STATUS_H
#define STATUS_STATUS_H

#include "base/buf.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>

enum status_kind {
	STATUS_TEXT,    /* a text */
	STATUS_GAUGE,   /* a number that rises and falls */
	STATUS_SECONDS, /* such a number, of seconds */
	STATUS_DAYS,    /* such a number, of days */
	/* a number that only rises, since the start of the agent or since the store was created */
	STATUS_COUNTER,
	STATUS_LABEL, /* text that shows people which item of the list this is; holds no secret */
};
enum { STATUS_LISTS = 2, STATUS_VALUE_MAX = 8192 };

struct status_row {
	/* "HttpFeedback[1..4] Delivery Attempts": after the name of a list, its first and last item, or n */
	const char *path;
	enum status_kind kind;
	struct schema_value value;
	const char *help; /* one sentence, with its full stop */
	/* Appends the current value; item: for each list in the path, the number of the item, from 1. Returns
	 * 1; 0 if the leaf has no value now; -1 if, in addition, the path's last list has no further items.
	 * Use the functions below. */
	int (*read)(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret);
	/* 1: the owner of the table publishes each change; 0: the value is only read when the status is asked
	 * for */
	int is_published;
};

struct status_table {
	const struct status_row *rows; /* ends at path NULL; borrowed */
	void *arg;                     /* argument of the functions read */
};

enum status_which { STATUS_ALL, STATUS_PUBLISHED };
/* Reads the rows whose path begins with prefix ("": all) and puts those that have a value into a Status
 * document. */
void status_read(const struct status_table *t, const char *prefix, enum status_which which, struct doc *into);

/* A leaf: its row, and the items of the lists in the row's path, from 1. */
struct status_item {
	const struct status_table *table;
	const struct status_row *row;
	size_t lists;
	unsigned item[STATUS_LISTS];
};
/* Calls fn for each item of the row that has a value now; item and value are borrowed for the call. */
void status_each_item(const struct status_table *t, const struct status_row *row,
		      void (*fn)(void *arg, const struct status_item *item, const char *value), void *arg);

/* For use in a read function: each appends the value and returns 1. */
int status_text(struct buf *ret, const char *text);
int status_count(struct buf *ret, uint64_t n);
/* Appends "True" or "False". */
int status_truth(struct buf *ret, int is_true);

#define STATUS_ANY_TEXT   SCHEMA_STR(0, 2048)
#define STATUS_ANY_NUMBER SCHEMA_INT(0, INT64_MAX)

#endif
