/* SPDX-License-Identifier: MIT */
#include "push.h"

#include "base/mem.h"
#include "base/text.h"
#include "guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 256 };

struct reading {
	struct settings_db *db;
	struct settings_change *checked; /* checks the values; it is never made */
	struct push *push;
	size_t values;
	int is_password_guarded; /* 1: the manager may change its password only together with a move */
};

const char *push_word(enum push_skipped why)
{
	static const char *const words[] = { "unknown", "not supported", "guarded" };
	return words[why];
}

const char *push_move_path(enum push_move what)
{
	static const char *const paths[] = {
		[PUSH_ADDRESS] = "Provisioning ExternalManager Address",
		[PUSH_PATH] = "Provisioning ExternalManager Path",
		[PUSH_LOGIN] = "Provisioning LoginName",
		[PUSH_PASSWORD] = "Provisioning Password",
	};
	return paths[what];
}

int push_changes_address(const struct push *p)
{
	return p->move[PUSH_ADDRESS] || p->move[PUSH_PATH];
}

static void skip(struct push *p, enum push_skipped why, const char *path)
{
	size_t at = strlen(p->skipped[why].names), len = strlen(path);
	p->skipped[why].n++;
	if (p->skipped[why].cut || at + len + 3 > PUSH_NAMES) {
		p->skipped[why].cut = 1;
		return;
	}
	snprintf(p->skipped[why].names + at, PUSH_NAMES - at, "%s%s", at ? ", " : "", path);
}

static void set_value(struct push *p, size_t i, const char *value)
{
	mem_wipe(p->owned[i].value);
	p->set[i].value = p->owned[i].value = mem_dup(value);
}

/* Returns the index of the setting with this path; p->n if there is none yet. */
static size_t find(const struct push *p, const char *path)
{
	size_t i = 0;
	while (i < p->n && strcmp(p->set[i].path, path) != 0)
		i++;
	return i;
}

static void add(struct push *p, const char *path, const char *value)
{
	size_t i = find(p, path);
	if (i == PUSH_SET_MAX) {
		err_set(&p->bad, ERR_FULL, 0, "more than %d settings", PUSH_SET_MAX);
		return;
	}
	if (i == p->n) {
		p->set[i].path = p->owned[i].path = mem_dup(path);
		p->set[i].origin = SETTINGS_FROM_MANAGER;
		p->n++;
	}
	set_value(p, i, value); /* a setting that occurs twice gets its last value */
}

static char **move_of(struct push *p, const char *path)
{
	for (int i = 0; i < PUSH_MOVE_COUNT; i++)
		if (strcmp(path, push_move_path(i)) == 0)
			return &p->move[i];
	return NULL;
}

/* Keeps the new value of a setting; value NULL: the setting stays as it is. Settings of the manager's own
 * address and login go to p->move and not to p->set, since they are not set before the new server has
 * answered. */
static void keep(struct push *p, const char *path, const char *value)
{
	char **to = move_of(p, path);
	if (!to && value)
		add(p, path, value);
	if (!to)
		return;
	mem_wipe(*to);
	*to = mem_dup(value);
}

/* Writes the value in its canonical form. A server that indents its documents may put texts on lines of their
 * own: the blanks around such a text do not belong to it. No value has a line break. */
static void canonical_value(const struct settings_row *row, const char *value, char *ret, size_t size)
{
	static const char blanks[] = " \t\r\n";
	if (row->value.kind != SCHEMA_STRING && schema_value_parse(&row->value, value, ret, size, NULL) == 0)
		return;
	size_t begin = strspn(value, blanks), end = strlen(value);
	while (end > begin && strchr(blanks, value[end - 1]))
		end--;
	if (strcspn(value, "\r\n") >= begin && !strpbrk(value + end, "\r\n"))
		snprintf(ret, size, "%s", value);
	else
		snprintf(ret, size, "%.*s", (int)(end - begin), value + begin);
}

static void take(struct reading *r, const struct settings_row *row, const char *path, const char *given)
{
	const char *before = settings_value(r->db, path);
	char value[4096];
	struct err e;
	canonical_value(row, given, value, sizeof value);
	int is_secret = row->value.flags & SCHEMA_SECRET;
	int is_guarded = guard_setting(settings_get(r->db), path, before, value, &e) < 0;
	/* A guarded password may be part of a move. Whether the document contains a move is known only when
	 * all of it has been read. */
	if (is_guarded && strcmp(path, push_move_path(PUSH_PASSWORD)) == 0 &&
	    guard_allows_with_move(settings_get(r->db), path))
		is_guarded = 0, r->is_password_guarded = 1;
	/* The manager may send back a document that this device posted, in which secrets are ***: these
	 * change nothing. A guarded secret counts as guarded even if the pushed value equals it, so that the
	 * manager cannot find it by guessing. */
	if (settings_is_mask(row, value) ||
	    (strcmp(value, before) == 0 && find(r->push, path) == r->push->n && !(is_secret && is_guarded))) {
		r->push->same++;
		keep(r->push, path, NULL);
	} else if (is_guarded) {
		skip(r->push, PUSH_GUARDED, path);
	} else if (settings_change_set(r->checked, path, value, &e) == 0) {
		keep(r->push, path, value);
	} else if (row->refusal) {
		skip(r->push, PUSH_UNSUPPORTED, path);
	} else if (r->push->bad.kind == ERR_NONE) {
		r->push->bad = e;
	}
	explicit_bzero(value, sizeof value);
}

static void take_leaf(struct reading *r, const struct doc *leaf, const char *typed)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	if (++r->values > PUSH_VALUES_MAX) {
		err_set(&r->push->bad, ERR_FULL, 0, "more than %d values", PUSH_VALUES_MAX);
		return;
	}
	size_t n = settings_find_leaf(leaf, found, NULL);
	for (size_t i = 0; i < n; i++)
		take(r, found[i].row, found[i].path, leaf->value ? leaf->value : "");
	if (!n)
		skip(r->push, PUSH_UNKNOWN, typed);
}

/* Writes the path of c below `above` for the log, with the items that differ from 1. */
static int write_path(const char *above, const struct doc *c, char ret[PATH])
{
	const char *unread = doc_attr(c, "item"); /* an item that is no number from 1 on */
	char item[40] = "", quoted[30];
	if (unread)
		snprintf(item, sizeof item, " item=%s", text_quoted(unread, quoted, sizeof quoted));
	else if (c->item > 1)
		snprintf(item, sizeof item, " %" PRIu32, c->item);
	return snprintf(ret, PATH, "%s%s%s%s", above, *above ? " " : "", c->name, item);
}

static void walk(struct reading *r, const struct doc *d, const char *typed)
{
	for (const struct doc *c = d->first; c; c = c->next) {
		char path[PATH];
		int len = write_path(typed, c, path);
		if (len >= PATH)
			skip(r->push, PUSH_UNKNOWN, c->name);
		else if (c->first)
			walk(r, c, path);
		else
			take_leaf(r, c, path);
	}
}

struct push *push_read(struct settings_db *db, const struct doc *configuration)
{
	struct push *p = mem_new(sizeof *p);
	struct reading r = { .db = db, .checked = settings_begin(db), .push = p };
	walk(&r, configuration, "");
	settings_abandon(r.checked);
	/* If the manager stays at its address, a new user name or password is set at once. */
	for (int i = PUSH_LOGIN; i < PUSH_MOVE_COUNT && !push_changes_address(p); i++) {
		if (p->move[i] && i == PUSH_PASSWORD && r.is_password_guarded)
			skip(p, PUSH_GUARDED, push_move_path(i));
		else if (p->move[i])
			add(p, push_move_path(i), p->move[i]);
		mem_wipe(p->move[i]);
		p->move[i] = NULL;
	}
	return p;
}

void push_free(struct push *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free(p->owned[i].path);
		mem_wipe(p->owned[i].value);
	}
	for (int i = 0; i < PUSH_MOVE_COUNT; i++)
		mem_wipe(p->move[i]);
	free(p);
}
