/* SPDX-License-Identifier: MIT */
#include "status/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 256 };

int status_text(struct buf *ret, const char *text)
{
	buf_adds(ret, text);
	return 1;
}

int status_count(struct buf *ret, uint64_t n)
{
	buf_addf(ret, "%" PRIu64, n);
	return 1;
}

int status_truth(struct buf *ret, int is_true)
{
	return status_text(ret, is_true ? "True" : "False");
}

/* Finds the lists in the path, "[1..4]" or "[101..n]", and writes the first and the last item of each.
 * "[1]" is not a list, but a single item. */
static size_t lists_of(const char *path, unsigned ret_first[STATUS_LISTS], unsigned ret_last[STATUS_LISTS])
{
	size_t n = 0;
	for (const char *open = strchr(path, '['); open && n < STATUS_LISTS; open = strchr(open + 1, '[')) {
		char *dots;
		unsigned long first = strtoul(open + 1, &dots, 10);
		if (strncmp(dots, "..", 2) != 0)
			continue;
		ret_first[n] = (unsigned)first;
		ret_last[n++] = dots[2] == 'n' ? UINT32_MAX : (unsigned)strtoul(dots + 2, NULL, 10);
	}
	return n;
}

/* Makes a path for doc_make: "HttpFeedback[1..4] Delivery Attempts" with item 3 becomes
 * "HttpFeedback[3]/Delivery/Attempts". */
static void place(const char *path, const unsigned item[STATUS_LISTS], char ret[PATH])
{
	size_t at = 0, list = 0;
	for (const char *s = path; *s && at < PATH - 16;) {
		const char *end = *s == '[' ? strchr(s, ']') : NULL;
		if (end && memchr(s, '.', (size_t)(end - s))) {
			at += (size_t)snprintf(ret + at, PATH - at, "[%u]", item[list++]);
			s = end + 1;
		} else {
			ret[at++] = *s == ' ' ? '/' : *s;
			s++;
		}
	}
	ret[at] = '\0';
}

static enum doc_type type_of(const struct status_row *row)
{
	static const enum doc_type types[] = {
		[SCHEMA_STRING] = DOC_STRING, [SCHEMA_INTEGER] = DOC_INTEGER, [SCHEMA_LITERAL] = DOC_LITERAL
	};
	return types[row->value.kind];
}

struct reading { /* one row, for all items of its lists */
	struct status_item at;
	unsigned first[STATUS_LISTS], last[STATUS_LISTS];
	struct buf value;
	void (*fn)(void *arg, const struct status_item *item, const char *value);
	void *arg;
};

/* Reads the items. Returns the result of the row's reader: -1 ends the path's last list. */
static int read_items(struct reading *r, size_t list)
{
	if (list == r->at.lists) {
		buf_reset(&r->value);
		int found = r->at.row->read(r->at.table->arg, r->at.item, &r->value);
		if (found > 0)
			r->fn(r->arg, &r->at, buf_str(&r->value));
		return found;
	}
	int found = 0;
	for (r->at.item[list] = r->first[list]; found >= 0 && r->at.item[list] <= r->last[list];
	     r->at.item[list]++)
		found = read_items(r, list + 1);
	return 0;
}

void status_each_item(const struct status_table *t, const struct status_row *row,
		      void (*fn)(void *arg, const struct status_item *item, const char *value), void *arg)
{
	struct reading r = { .at = { .table = t, .row = row }, .fn = fn, .arg = arg };
	buf_init(&r.value, STATUS_VALUE_MAX);
	r.at.lists = lists_of(row->path, r.first, r.last);
	read_items(&r, 0);
	buf_done(&r.value);
}

static void put(void *arg, const struct status_item *item, const char *value)
{
	struct doc *into = arg;
	char path[PATH];
	place(item->row->path, item->item, path);
	doc_set_value(doc_make(into, path), type_of(item->row), value);
}

void status_read(const struct status_table *t, const char *prefix, enum status_which which, struct doc *into)
{
	for (const struct status_row *row = t->rows; row->path; row++)
		if (strncmp(row->path, prefix, strlen(prefix)) == 0 &&
		    (which == STATUS_ALL || row->is_published))
			status_each_item(t, row, put, into);
}
