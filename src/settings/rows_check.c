/* SPDX-License-Identifier: MIT */
/* rows_check: reads the paths of rows, and checks values against their rows. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rows_word(const char *path, struct rows_word *ret)
{
	const char *end = path;
	while (*end && *end != ' ' && *end != '[')
		end++;
	*ret = (struct rows_word){ path, (size_t)(end - path), 0, 0 };
	if (*end == '[') {
		char *dots;
		ret->low = (unsigned)strtoul(end + 1, &dots, 10);
		ret->high = *dots == '.' ? (unsigned)strtoul(dots + 2, NULL, 10) : ret->low;
		end = strchr(dots, ']') + 1;
	}
	return *path ? end + (*end == ' ') : NULL;
}

unsigned rows_items(const struct settings_row *row)
{
	unsigned items = 1;
	struct rows_word w;
	for (const char *s = row->path; (s = rows_word(s, &w));)
		if (w.high > items)
			items = w.high;
	return items;
}

void rows_canonical(const struct rows_place *at, char *ret, size_t size)
{
	size_t len = 0;
	struct rows_word w;
	*ret = '\0';
	for (const char *s = at->row->path; (s = rows_word(s, &w)) && len < size;) {
		len += (size_t)snprintf(ret + len, size - len, "%s%.*s", len ? " " : "", (int)w.len, w.name);
		if (w.high && len < size)
			len += (size_t)snprintf(ret + len, size - len, " %u",
						w.low == w.high ? w.low : at->item);
	}
}

static int is_accepted(const struct settings_row *row, const char *value)
{
	if (!row->refusal || !strcmp(value, row->default_text))
		return 1;
	return row->accepts &&
	       schema_value_literal(&(struct schema_value)SCHEMA_LIT(row->accepts), value) >= 0;
}

static int check_names_of_list(const struct settings_row *row, char *text,
			       void (*unknown)(void *arg, const char *why), void *arg, struct err *e)
{
	struct buf list;
	buf_init(&list, (size_t)row->value.max);
	int r = rows_list(row, text, &list, unknown, arg, e);
	if (r == 0)
		snprintf(text, ROWS_VALUE, "%s", buf_str(&list));
	buf_done(&list);
	return r;
}

int rows_check_file(const struct rows_place *at, const char *text, char *ret,
		    void (*unknown)(void *arg, const char *why), void *arg, struct err *e)
{
	const struct settings_row *row = at->row;
	size_t size =
		row->value.kind == SCHEMA_STRING && row->field != SETTINGS_STORED ? row->size : ROWS_VALUE;
	char path[ROWS_PATH];
	rows_canonical(at, path, sizeof path);
	if (schema_value_parse(&row->value, text, ret, size, e) ||
	    (row->names && check_names_of_list(row, ret, unknown, arg, e)))
		return err_prefix(e, "%s", path);
	if (is_accepted(row, ret))
		return 0;
	int secret = row->value.flags & SCHEMA_SECRET;
	char shown[SCHEMA_SHOWN];
	err_set(e, ERR_INPUT, 0, "%s: %s is refused: %s", path,
		secret ? "a value" : schema_value_shown(ret, shown), row->refusal);
	explicit_bzero(ret, strlen(ret));
	return -1;
}

int rows_check(const struct rows_place *at, const char *text, char *ret, struct err *e)
{
	return rows_check_file(at, text, ret, NULL, NULL, e);
}
