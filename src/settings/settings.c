/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings_db {
	char *own_path;
	struct rows_values file; /* what the administrator's file sets */
	struct rows_values own;  /* what the terminal and the manager set */
	struct buf kept;         /* lines of the own file that this version does not understand */
	int own_is_newer;        /* a newer version has written the own file */
	struct settings now;
	struct doc
		/* the current values as a document; made once for each change, since it is read much more
		 * often */
		*doc;
};

struct settings_change {
	struct settings_db *db;
	struct rows_values own;
	struct buf kept;
};

/* --- values --- */

static const char *effective(const struct settings_db *db, const struct rows_values *own,
			     const struct rows_place *at)
{
	const char *text = rows_values_get(own, at);
	if (!text)
		text = rows_values_get(&db->file, at);
	if (text)
		return text;
	struct rows_place heir;
	if (at->row->inherits && !rows_find(at->row->inherits, &heir, NULL))
		return effective(db, own, &heir);
	return at->row->default_text;
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

/* Calls fn for each item of each row. */
static void each(void (*fn)(void *arg, const struct rows_place *at), void *arg)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned item = 1; item <= rows_items(&rows[i]); item++)
			fn(arg, &(struct rows_place){ .row = &rows[i], .item = item });
}

/* --- documents --- */

static const char mask[] = "***";

int settings_is_mask(const struct settings_row *row, const char *value)
{
	return row->value.flags & SCHEMA_SECRET && strcmp(value, mask) == 0;
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
	const char *text = effective(p->db, &p->db->own, at);
	if (!p->before || strcmp(effective(p->db, p->before, at), text))
		put(p->doc, at, text);
}

const struct doc *settings_doc(const struct settings_db *db)
{
	return db->doc;
}

/* --- the snapshot --- */

static void refresh_one(void *arg, const struct rows_place *at)
{
	struct settings_db *db = arg;
	if (at->row->field != SETTINGS_STORED)
		fill(&db->now, at, effective(db, &db->own, at));
}

/* Empties an address of 127.0.0.1, which the vendor's guide uses for "no server". */
static void forget_if_idle(char *where)
{
	if (strcmp(where, "127.0.0.1") == 0)
		*where = '\0';
}

/* Where codecs have the setting URL, older systems have two, Address and Path: makes a URL of these two. */
static void compose_url(struct settings *s)
{
	if (!s->phonebook.url[0] && s->phonebook.address[0])
		snprintf(s->phonebook.url, sizeof s->phonebook.url, "https://%.66s/%.180s",
			 s->phonebook.address, s->phonebook.path + strspn(s->phonebook.path, "/"));
}

static void refresh(struct settings_db *db)
{
	explicit_bzero(&db->now, sizeof db->now);
	each(refresh_one, db);
	forget_if_idle(db->now.provisioning.address);
	forget_if_idle(db->now.provisioning.alternate_address);
	forget_if_idle(db->now.phonebook.address);
	compose_url(&db->now);
	forget_if_idle(db->now.phonebook.url);
	doc_free(db->doc);
	db->doc = doc_new("Configuration");
	each(put_one, &(struct printing){ db, NULL, db->doc });
}

struct settings_db *settings_new(const char *own_path)
{
	struct settings_db *db = mem_new(sizeof *db);
	db->own_path = mem_dup(own_path);
	buf_init(&db->kept, SETTINGS_FILE_MAX);
	refresh(db);
	return db;
}

static void kept_done(struct buf *kept)
{
	if (kept->data)
		explicit_bzero(kept->data, kept->len);
	buf_done(kept);
}

static void kept_copy(struct buf *to, const struct buf *from)
{
	kept_done(to);
	if (from->len)
		buf_add(to, from->data, from->len);
}

void settings_free(struct settings_db *db)
{
	if (!db)
		return;
	kept_done(&db->kept);
	rows_values_done(&db->file);
	rows_values_done(&db->own);
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
	return rows_find(canonical, &at, NULL) ? NULL : effective(db, &db->own, &at);
}

/* --- files --- */

static int no_good(const char *path, int mistakes, struct err *e)
{
	return err_set(e, ERR_CONFIG, 0, "%s: %s%d mistake%s", path,
		       mistakes > SETTINGS_COMPLAINTS_MAX ? "more than " : "",
		       mistakes > SETTINGS_COMPLAINTS_MAX ? SETTINGS_COMPLAINTS_MAX : mistakes,
		       mistakes == 1 ? "" : "s");
}

int settings_check(const char *path, settings_complain *complain, void *arg, struct err *e)
{
	struct rows_values *values = mem_new(sizeof *values);
	struct file_reading reading = { .values = values, .complain = complain, .arg = arg };
	int r = file_load(path, &reading, e), mistakes = reading.mistakes + reading.notes;
	rows_values_done(values);
	free(values);
	return r == 0 && mistakes ? no_good(path, mistakes, e) : r;
}

/* Renames the agent's own file, which is damaged, and reports that, since a damaged file must not prevent the
 * agent from starting. */
static int set_aside(const char *path, settings_complain *complain, void *arg, struct err *e)
{
	struct buf to, text;
	buf_init(&to, 5000);
	buf_init(&text, 6000);
	buf_addf(&to, "%s.damaged", path);
	int r = rename(path, buf_str(&to)) ? err_errno(e, "%s: cannot set it aside", path) : 0;
	buf_addf(&text,
		 "damaged and set aside as %s: what was set at the terminal is lost, and only the "
		 "administrator's file counts",
		 buf_str(&to));
	if (!r && complain)
		complain(arg, &(struct settings_complaint){ .file = path, .text = buf_str(&text) });
	buf_done(&to);
	buf_done(&text);
	return r;
}

/* Loads the agent's own file. A damaged file is renamed. A file that cannot be read (an I/O error) is an
 * error, since the agent must not start without what was set at the terminal. */
static int load_own(const char *path, struct file_reading *r, struct err *e)
{
	struct err why = { .kind = ERR_NONE };
	int unread = file_load(path, r, &why) < 0;
	if (unread && why.kind == ERR_NOTFOUND)
		return 0;
	if (unread && why.kind != ERR_FULL)
		return err_set(e, why.kind, why.code, "%s", why.text);
	if (!unread && !r->is_damaged)
		return 0;
	rows_values_done(r->values);
	kept_done(r->kept);
	return set_aside(path, r->complain, r->arg, e);
}

int settings_load(struct settings_db *db, const char *path, settings_complain *complain, void *arg,
		  struct err *e)
{
	struct {
		struct rows_values file, own;
		struct buf kept;
	} *fresh = mem_new(sizeof *fresh);
	struct file_reading admin = { .values = &fresh->file, .complain = complain, .arg = arg };
	struct file_reading own = {
		.values = &fresh->own, .kept = &fresh->kept, .complain = complain, .arg = arg
	};
	buf_init(&fresh->kept, SETTINGS_FILE_MAX);
	int r = path ? file_load(path, &admin, e) : 0;
	if (r == 0 && admin.mistakes)
		r = no_good(path, admin.mistakes, e);
	if (r == 0 && db->own_path)
		r = load_own(db->own_path, &own, e);
	if (r == 0) {
		rows_values_copy(&db->file, &fresh->file);
		rows_values_copy(&db->own, &fresh->own);
		kept_copy(&db->kept, &fresh->kept);
		db->own_is_newer = own.is_newer;
		refresh(db);
	}
	rows_values_done(&fresh->file);
	rows_values_done(&fresh->own);
	kept_done(&fresh->kept);
	free(fresh);
	return r;
}

static int save(const struct settings_change *c, struct err *e)
{
	struct buf b;
	if (!c->db->own_path)
		return 0;
	buf_init(&b, SETTINGS_FILE_MAX);
	file_print_own(&c->own, &c->kept, &b);
	int r = b.full ? err_set(e, ERR_FULL, 0, "%s: longer than %d bytes", c->db->own_path,
				 SETTINGS_FILE_MAX)
		       : 0;
	if (r == 0 && c->db->own_is_newer)
		r = file_keep_newer(c->db->own_path, e);
	if (r == 0)
		r = file_replace(c->db->own_path, buf_str(&b), b.len, 0600, e);
	if (r == 0)
		c->db->own_is_newer = 0;
	kept_done(&b);
	return r;
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

/* --- changes --- */

struct settings_change *settings_begin(struct settings_db *db)
{
	struct settings_change *c = mem_new(sizeof *c);
	c->db = db;
	rows_values_copy(&c->own, &db->own);
	buf_init(&c->kept, SETTINGS_FILE_MAX);
	kept_copy(&c->kept, &db->kept);
	return c;
}

int settings_check_value(const char *path, const char *value, struct err *e)
{
	struct rows_place at;
	char text[ROWS_VALUE];
	if (rows_find(path, &at, e))
		return -1;
	int r = rows_check(&at, value, text, e);
	explicit_bzero(text, sizeof text);
	return r;
}

int settings_change_set(struct settings_change *c, const char *path, const char *value, struct err *e)
{
	struct rows_place at;
	char text[ROWS_VALUE];
	if (rows_find(path, &at, e))
		return -1;
	int r = rows_check(&at, value, text, e);
	if (!r) {
		rows_values_set(&c->own, &at, text);
		file_kept_drop(&c->kept, &at);
	}
	explicit_bzero(text, sizeof text);
	return r;
}

int settings_change_unset(struct settings_change *c, const char *path, struct err *e)
{
	struct rows_place at;
	if (rows_find(path, &at, e))
		return -1;
	rows_values_set(&c->own, &at, NULL);
	file_kept_drop(&c->kept, &at);
	return 0;
}

void settings_abandon(struct settings_change *c)
{
	if (!c)
		return;
	rows_values_done(&c->own);
	kept_done(&c->kept);
	free(c);
}

int settings_commit(struct settings_change *c, struct doc **ret_changed, struct err *e)
{
	struct settings_db *db = c->db;
	int r = rows_values_equal(&c->own, &db->own) && c->kept.len == db->kept.len ? 0 : save(c, e);
	if (!r) {
		struct rows_values before = db->own;
		db->own = c->own;
		c->own = before; /* freed with c */
		kept_copy(&db->kept, &c->kept);
		struct printing p = { db, &c->own, doc_new("Configuration") };
		each(put_one, &p);
		refresh(db);
		if (!p.doc->first) {
			doc_free(p.doc);
			p.doc = NULL;
		}
		if (ret_changed)
			*ret_changed = p.doc;
		else
			doc_free(p.doc);
	}
	settings_abandon(c);
	return r;
}
