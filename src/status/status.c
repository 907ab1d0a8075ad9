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

/* The path's lists, "[1..4]" or "[1..n]"; ret: the last item of each. "[1]" is no list, but a single item. */
static size_t lists_of(const char *path, unsigned ret[STATUS_LISTS])
{
	size_t n = 0;
	for (const char *s = strstr(path, ".."); s && n < STATUS_LISTS; s = strstr(s + 2, ".."))
		ret[n++] = s[2] == 'n' ? UINT32_MAX : (unsigned)strtoul(s + 2, NULL, 10);
	return n;
}

/* "HttpFeedback[1..4] Delivery Attempts" and item 3 as doc_make takes it:
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
	const struct status_row *row;
	void *arg;
	unsigned last[STATUS_LISTS], item[STATUS_LISTS];
	size_t lists;
	struct buf *value;
	struct doc *into;
};

static int read_leaf(struct reading *r)
{
	char path[PATH];
	buf_reset(r->value);
	int found = r->row->read(r->arg, r->item, r->value);
	if (found > 0) {
		place(r->row->path, r->item, path);
		doc_set_value(doc_make(r->into, path), type_of(r->row), buf_str(r->value));
	}
	return found;
}

static int read_items(struct reading *r, size_t list)
{
	if (list == r->lists)
		return read_leaf(r);
	int found = 0;
	for (r->item[list] = 1; found >= 0 && r->item[list] <= r->last[list]; r->item[list]++)
		found = read_items(r, list + 1);
	return 0;
}

void status_read(const struct status_table *t, const char *prefix, enum status_which which, struct doc *into)
{
	struct buf value;
	buf_init(&value, STATUS_VALUE_MAX);
	for (const struct status_row *row = t->rows; row->path; row++) {
		struct reading r = { .row = row, .arg = t->arg, .value = &value, .into = into };
		if (strncmp(row->path, prefix, strlen(prefix)) != 0 ||
		    (which == STATUS_PUBLISHED && !row->is_published))
			continue;
		r.lists = lists_of(row->path, r.last);
		read_items(&r, 0);
	}
	buf_done(&value);
}
