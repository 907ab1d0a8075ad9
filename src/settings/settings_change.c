/* SPDX-License-Identifier: MIT */
/* settings_change: changes several settings, completely or not at all. */
#include "settings_db.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct settings_change *settings_begin(struct settings_db *db)
{
	struct settings_change *c = mem_new(sizeof *c);
	c->db = db;
	rows_values_copy(&c->own, &db->layers.own);
	buf_init(&c->kept, SETTINGS_FILE_MAX);
	settings_kept_copy(&c->kept, &db->kept);
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

/* Sets one value in `own`, or removes it. Returns 0, and the row and item in *at. */
static int put(struct rows_values *own, const struct settings_pair *p, struct rows_place *at, struct err *e)
{
	char text[ROWS_VALUE];
	if (rows_find(p->path, at, e))
		return -1;
	struct rows_source source = { .origin = p->origin < SETTINGS_FROM_UNKNOWN ? SETTINGS_FROM_UNKNOWN
										  : p->origin };
	int r = p->value ? rows_check(at, p->value, text, e) : 0;
	if (!r)
		rows_values_set(own, at, p->value ? text : NULL, &source);
	if (p->value)
		explicit_bzero(text, sizeof text);
	return r;
}

int settings_change_put(struct settings_change *c, const struct settings_pair *p, struct err *e)
{
	struct rows_place at;
	if (put(&c->own, p, &at, e) < 0)
		return -1;
	file_kept_drop(&c->kept, &at);
	return 0;
}

/* Fills own with the values as they would be with these settings. The caller calls rows_values_done in any
 * case. */
static int put_all(const struct settings_db *db, const struct settings_pair *set, size_t n,
		   struct rows_values *own, struct err *e)
{
	struct rows_place at;
	int r = 0;
	rows_values_copy(own, &db->layers.own);
	for (size_t i = 0; i < n && r == 0; i++)
		r = put(own, &set[i], &at, e);
	return r;
}

int settings_preview(const struct settings_db *db, const struct settings_pair *set, size_t n,
		     struct settings *ret, struct err *e)
{
	struct rows_values *own = mem_new(sizeof *own);
	int r = put_all(db, set, n, own, e);
	if (r == 0)
		settings_snapshot(&db->layers, own, ret);
	rows_values_done(own);
	free(own);
	return r;
}

int settings_change_set(struct settings_change *c, const char *path, const char *value, struct err *e)
{
	return settings_change_put(c, &(struct settings_pair){ path, value, SETTINGS_FROM_TERMINAL }, e);
}

int settings_change_unset(struct settings_change *c, const char *path, struct err *e)
{
	return settings_change_put(c, &(struct settings_pair){ .path = path }, e);
}

static void report_held(const struct rows_values *own, const struct rows_place *at,
			void (*fn)(void *arg, const struct settings_pair *held), void *arg)
{
	char path[400];
	rows_canonical(at, path, sizeof path);
	fn(arg,
	   &(struct settings_pair){ path, rows_values_get(own, at), rows_values_source(own, at).origin });
	if (at->also)
		report_held(own, &(struct rows_place){ .row = at->also, .item = at->item }, fn, arg);
}

int settings_preview_held(const struct settings_db *db, const struct settings_pair *set, size_t n,
			  void (*fn)(void *arg, const struct settings_pair *held), void *arg, struct err *e)
{
	struct rows_values *own = mem_new(sizeof *own);
	struct rows_place at;
	int r = put_all(db, set, n, own, e);
	for (size_t i = 0; i < n && r == 0; i++)
		if (rows_find(set[i].path, &at, NULL) == 0)
			report_held(own, &at, fn, arg);
	rows_values_done(own);
	free(own);
	return r;
}

void settings_abandon(struct settings_change *c)
{
	if (!c)
		return;
	rows_values_done(&c->own);
	buf_wipe(&c->kept);
	free(c);
}

int settings_commit(struct settings_change *c, struct doc **ret_changed, struct err *e)
{
	struct settings_db *db = c->db;
	int r = rows_values_equal(&c->own, &db->layers.own) && c->kept.len == db->kept.len
			? 0
			: settings_save(c, e);
	if (!r) {
		struct rows_values before = db->layers.own;
		db->layers.own = c->own;
		c->own = before; /* freed with c */
		settings_kept_copy(&db->kept, &c->kept);
		settings_refresh(db);
		if (ret_changed)
			*ret_changed = settings_differences(db, &c->own);
	}
	settings_abandon(c);
	return r;
}
