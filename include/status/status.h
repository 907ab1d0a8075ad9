/* SPDX-License-Identifier: MIT */
/* status: leaves of the Status document that the agent itself has. One row of a table holds all that is known
 * of a leaf: its path, what it counts or says, its help and the function that reads it. Each component has a
 * table of its own leaves. */
#ifndef STATUS_STATUS_H
#define STATUS_STATUS_H

#include "base/buf.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>

enum status_kind {
	STATUS_TEXT,    /* says something */
	STATUS_GAUGE,   /* a number that rises and falls */
	STATUS_SECONDS, /* such a number, of seconds */
	STATUS_DAYS,    /* such a number, of days */
	STATUS_COUNTER, /* a number that only rises, from the start of the agent or for ever */
	STATUS_LABEL,   /* text that tells people which item of the list this is; holds no secret */
};
enum { STATUS_LISTS = 2, STATUS_VALUE_MAX = 8192 };

struct status_row {
	const char *
		path; /* "HttpFeedback[1..4] Delivery Attempts": lists have their first and last item, or n */
	enum status_kind kind;
	struct schema_value value;
	const char *help; /* one sentence, with its full stop */
	/* Appends the value as it is now; item: which ones of the lists in the path, from 1. Returns 1; 0:
	 * the leaf is not there now; -1: nor are further items of the path's last list. Use the functions
	 * below. */
	int (*read)(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret);
	/* the owner of the table publishes when it changes; else it is read when somebody asks */
	int is_published;
};

struct status_table {
	const struct status_row *rows; /* ends at path NULL; borrowed */
	void *arg;                     /* of the readers */
};

enum status_which { STATUS_ALL, STATUS_PUBLISHED };
/* Reads the rows whose path begins with prefix ("": all) and puts those that have a value into a Status
 * document. */
void status_read(const struct status_table *t, const char *prefix, enum status_which which, struct doc *into);

/* A leaf as it is now: which row, and which items of the lists in the row's path, from 1. */
struct status_item {
	const struct status_table *table;
	const struct status_row *row;
	size_t lists;
	unsigned item[STATUS_LISTS];
};
/* Calls fn for each item of the row that has a value now; item and value are borrowed for the call. */
void status_each_item(const struct status_table *t, const struct status_row *row,
		      void (*fn)(void *arg, const struct status_item *item, const char *value), void *arg);

/* What readers return: they append the value and return 1. */
int status_text(struct buf *ret, const char *text);
int status_count(struct buf *ret, uint64_t n);
/* "True" or "False". */
int status_truth(struct buf *ret, int is_true);

#define STATUS_ANY_TEXT   SCHEMA_STR(0, 2048)
#define STATUS_ANY_NUMBER SCHEMA_INT(0, INT64_MAX)

#endif
