/* SPDX-License-Identifier: MIT */
#include "settings_db.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/redact.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values --- */

const char *settings_effective(const struct settings_layers *l, const struct rows_values *own,
			       const struct rows_place *at)
{
	const char *text = rows_values_get(own, at);
	if (!text)
		text = rows_values_get(&l->file, at);
	if (text)
		return text;
	struct rows_place heir;
	if (at->row->inherits && !rows_find(at->row->inherits, &heir, NULL))
		return settings_effective(l, own, &heir);
	return at->row->default_text;
}

static const char *effective(const struct settings_db *db, const struct rows_place *at)
{
	return settings_effective(&db->layers, &db->layers.own, at);
}

static void fill(struct settings *to, const struct rows_place *at, const char *text)
{
	const struct settings_row *row = at->row;
	char *field = (char *)to + row->offset + (at->item - 1) * row->stride;
	int position;
	int64_t number = 0;
	switch (row->field) {
	case SETTINGS_STORED: break;
	case SETTINGS_ENUM:
		position = schema_value_literal(&row->value, text);
		memcpy(field, &position, sizeof position);
		break;
	case SETTINGS_NUMBER:
		num_parse(text, row->value.min, row->value.max, &number, NULL);
		memcpy(field, &number, sizeof number);
		break;
	case SETTINGS_TEXT_FIELD: snprintf(field, row->size, "%s", text); break;
	}
}

void settings_each_place(void (*fn)(void *arg, const struct rows_place *at), void *arg)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned item = 1; item <= rows_items(&rows[i]); item++)
			fn(arg, &(struct rows_place){ .row = &rows[i], .item = item });
}

struct visit {
	const struct settings_db *db;
	void (*fn)(void *arg, const struct settings_item *i);
	void *arg;
};

static void visit_one(void *arg, const struct rows_place *at)
{
	const struct visit *v = arg;
	char path[ROWS_PATH];
	rows_canonical(at, path, sizeof path);
	v->fn(v->arg, &(struct settings_item){ at->row, path, effective(v->db, at) });
}

void settings_each(const struct settings_db *db, void (*fn)(void *arg, const struct settings_item *i),
		   void *arg)
{
	settings_each_place(visit_one, &(struct visit){ db, fn, arg });
}

/* --- documents --- */

static const char mask[] = "***";

int settings_is_mask(const struct settings_row *row, const char *value)
{
	return row->value.flags & SCHEMA_SECRET && strcmp(value, mask) == 0;
}

int settings_show(const struct settings_row *row, const char *value, char *ret, size_t size)
{
	if (row->value.flags & SCHEMA_PATH)
		return redact_path(value, ret, size);
	if (!(row->value.flags & SCHEMA_SECRET) || !*value)
		return redact_url(value, ret, size);
	snprintf(ret, size, "%s", mask);
	return 1;
}

static void put(struct doc *d, const struct rows_place *at, const char *text)
{
	static const enum doc_type types[] = {
		[SCHEMA_STRING] = DOC_STRING,
		[SCHEMA_INTEGER] = DOC_INTEGER,
		[SCHEMA_LITERAL] = DOC_LITERAL,
	};
	struct rows_word w;
	for (const char *s = at->row->path; (s = rows_word(s, &w));) {
		char step[DOC_NAME_MAX + 16];
		if (w.high)
			snprintf(step, sizeof step, "%.*s[%u]", (int)w.len, w.name,
				 w.low == w.high ? w.low : at->item);
		else
			snprintf(step, sizeof step, "%.*s", (int)w.len, w.name);
		d = doc_make(d, step);
		d->max_occurrence = w.high;
	}
	int hidden = at->row->value.flags & SCHEMA_SECRET && *text;
	doc_set_value(d, types[at->row->value.kind], hidden ? mask : text);
}

struct printing {
	const struct settings_db *db;
	/* NULL: all values are printed; otherwise only those that differ from these */
	const struct rows_values *before;
	struct doc *doc;
};

static void put_one(void *arg, const struct rows_place *at)
{
	const struct printing *p = arg;
	const char *text = effective(p->db, at);
	if (!p->before || strcmp(settings_effective(&p->db->layers, p->before, at), text))
		put(p->doc, at, text);
}

struct doc *settings_differences(const struct settings_db *db, const struct rows_values *before)
{
	struct printing p = { db, before, doc_new("Configuration") };
	settings_each_place(put_one, &p);
	if (p.doc->first)
		return p.doc;
	doc_free(p.doc);
	return NULL;
}

const struct doc *settings_doc(const struct settings_db *db)
{
	return db->doc;
}

/* --- the snapshot --- */

struct taking {
	const struct settings_layers *layers;
	const struct rows_values *own;
	struct settings *to;
};

static void take_one(void *arg, const struct rows_place *at)
{
	const struct taking *t = arg;
	if (at->row->field != SETTINGS_STORED)
		fill(t->to, at, settings_effective(t->layers, t->own, at));
}

/* Empties an address of 127.0.0.1, which the vendor's guide uses for "no server". */
static void forget_if_idle(char *where)
{
	if (strcmp(where, "127.0.0.1") == 0)
		*where = '\0';
}

/* Where video codecs have the setting URL, older systems have two, Address and Path: makes a URL from these
 * two. */
static void compose_url(struct settings *s)
{
	if (!s->phonebook.url[0] && s->phonebook.address[0])
		snprintf(s->phonebook.url, sizeof s->phonebook.url, "https://%.66s/%.180s",
			 s->phonebook.address, s->phonebook.path + strspn(s->phonebook.path, "/"));
}

void settings_snapshot(const struct settings_layers *l, const struct rows_values *own, struct settings *ret)
{
	explicit_bzero(ret, sizeof *ret);
	settings_each_place(take_one, &(struct taking){ l, own, ret });
	forget_if_idle(ret->provisioning.address);
	forget_if_idle(ret->provisioning.alternate_address);
	forget_if_idle(ret->phonebook.address);
	compose_url(ret);
	forget_if_idle(ret->phonebook.url);
}

void settings_refresh(struct settings_db *db)
{
	settings_snapshot(&db->layers, &db->layers.own, &db->now);
	doc_free(db->doc);
	db->doc = doc_new("Configuration");
	settings_each_place(put_one, &(struct printing){ db, NULL, db->doc });
}

struct settings_db *settings_new(const char *own_path)
{
	struct settings_db *db = mem_new(sizeof *db);
	db->own_path = mem_dup(own_path);
	buf_init(&db->kept, SETTINGS_FILE_MAX);
	settings_refresh(db);
	return db;
}

void settings_free(struct settings_db *db)
{
	if (!db)
		return;
	buf_wipe(&db->kept);
	settings_layers_done(&db->layers);
	explicit_bzero(&db->now, sizeof db->now);
	doc_free(db->doc);
	free(db->own_path);
	free(db);
}

const struct settings *settings_get(const struct settings_db *db)
{
	return &db->now;
}

const char *settings_value(const struct settings_db *db, const char *canonical)
{
	struct rows_place at;
	return rows_find(canonical, &at, NULL) ? NULL : effective(db, &at);
}

static int items_of(const struct settings_row *row)
{
	const char *range = strstr(row->path, "..");
	return range ? (int)strtol(range + 2, NULL, 10) : 1;
}

void settings_compare(const struct settings *a, const struct settings *b, settings_differs *fn, void *arg)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++) {
		int differs = 0;
		for (int item = 0; item < items_of(&rows[i]); item++) {
			size_t at = rows[i].offset + (size_t)item * rows[i].stride;
			differs |= memcmp((const char *)a + at, (const char *)b + at, rows[i].size) != 0;
		}
		if (differs)
			fn(arg, &rows[i]);
	}
}
