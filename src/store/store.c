/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "tx.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int has_log(const char *path)
{
	char log[PATH_MAX + 8];
	struct stat st;
	snprintf(log, sizeof log, "%s-wal", path);
	return stat(log, &st) == 0 && st.st_size > 0;
}

/* Checks that the database and its logs, if they exist, are regular files. SQLite opens anything, and would
 * wait for ever for the other end of a FIFO. */
static int are_files(const struct store *s, struct err *e)
{
	static const char *const ends[] = { "", "-wal", "-journal" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char path[PATH_MAX + 8];
		snprintf(path, sizeof path, "%s%s", s->path, ends[i]);
		if (file_is_regular(path, e) < 0)
			return -1;
	}
	return 0;
}

void tx_set_unwritable(struct store *s, const struct err *why)
{
	s->unwritable = *why;
	/* A file that SQLite may not write is read without its log, so it is complete only if there is no
	 * log, as after a normal end. */
	struct err ignored;
	db_close(&s->db);
	if (*s->path && are_files(s, NULL) == 0 && access(s->path, R_OK) == 0 && !has_log(s->path) &&
	    db_open(&s->db, s->path, DB_FROZEN, &ignored) == SQLITE_OK && tx_load(s) == SQLITE_OK)
		return;
	db_close(&s->db);
	s->unreadable = 1;
	char path[PATH_MAX];
	memcpy(path, s->path, sizeof path);
	*s->path = '\0';
	if (db_open(&s->db, NULL, DB_WRITE, &ignored) == SQLITE_OK)
		tx_load(s);
	memcpy(s->path, path, sizeof path);
}

static void folder_of(const char *path, char ret[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	snprintf(ret, PATH_MAX, "%.*s", slash && slash > path ? (int)(slash - path) : 1, slash ? path : ".");
}

static int folder_is_there(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;
	folder_of(path, folder);
	return stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
}

/* If the file system is mounted read-only, replaces SQLite's error, which does not always name the cause. */
static void say_read_only(const struct store *s, struct err *note)
{
	char folder[PATH_MAX];
	struct statvfs fs;
	folder_of(s->path, folder);
	if (statvfs(folder, &fs) == 0 && fs.f_flag & ST_RDONLY)
		err_set(note, ERR_IO, EROFS, "%s: its file system is mounted read-only", s->path);
}

/* Opens the file. If that fails, replaces a damaged file by a new one, and opens any other for reading only.
 * Returns 0: the store can be used, and *note says what is wrong (ERR_NONE: nothing); -1: *e says why not. */
static int open_file(struct store *s, struct err *note, struct err *e)
{
	if (*s->path)
		tx_finish_replacing(s);
	if (*s->path && are_files(s, e) < 0)
		return -1;
	int rc = db_open(&s->db, *s->path ? s->path : NULL, DB_WRITE, note);
	if (rc == SQLITE_OK && (rc = tx_load(s)) != SQLITE_OK)
		db_error(&s->db, note);
	if (rc == SQLITE_OK) {
		*note = s->trouble;
		return 0;
	}
	if (rc == SQLITE_MISMATCH || (rc & 0xff) == SQLITE_BUSY || !*s->path) {
		*e = *note;
		return -1;
	}
	if (!folder_is_there(s->path))
		return err_set(e, ERR_IO, ENOENT, "%s: its folder is not there", s->path);
	if (db_is_damage(rc)) {
		tx_replace(s, note);
	} else {
		say_read_only(s, note);
		tx_set_unwritable(s, note);
		err_prefix(note, "nothing new can be stored");
	}
	return s->db.sql
		       ? 0
		       : err_set(e, ERR_IO, EIO, "%s: cannot be opened, nor can a store in memory", s->path);
}

int store_retry(struct store *s)
{
	struct err note = { .kind = ERR_NONE }, why = s->unwritable;
	if (s->unwritable.kind == ERR_NONE)
		return 0;
	db_close(&s->db);
	s->unwritable.kind = ERR_NONE;
	s->trouble.kind = ERR_NONE;
	s->unreadable = s->has_failed = 0;
	if (open_file(s, &note, &why) < 0)
		tx_set_unwritable(s, &why);
	store_commit(s, NULL);
	return s->unwritable.kind == ERR_NONE ? 1 : -1;
}

int store_open(const struct store_options *o, struct store **ret, struct buf *notice, struct err *e)
{
	struct err own, note = { .kind = ERR_NONE };
	struct store *s = mem_new(sizeof *s);
	s->options = *o;
	s->marks.fd = -1;
	*ret = NULL;
	if (o->path && (size_t)snprintf(s->path, sizeof s->path, "%s", o->path) >= sizeof s->path) {
		free(s);
		return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", o->path);
	}
	s->options.path = NULL;
	if (open_file(s, &note, e ? e : &own) < 0) {
		db_close(&s->db);
		marks_close(&s->marks);
		free(s);
		return -1;
	}
	if (notice && note.kind != ERR_NONE)
		buf_adds(notice, note.text);
	store_commit(s, NULL);
	*ret = s;
	return 0;
}

void store_limits(struct store *s, const struct store_options *o)
{
	s->options = *o;
	s->options.path = NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->has_failed)
		store_rollback(s);
	s->flush_alone = 1;
	store_commit(s, NULL);
	db_close(&s->db);
	marks_close(&s->marks);
	free(s);
}

int store_is_empty(const struct store *s)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (tx_waiting(&s->slots[slot]))
			return 0;
	return 1;
}

void store_free_cache(struct store *s)
{
	if (s->db.sql)
		sqlite3_db_release_memory(s->db.sql);
}

/* --- values --- */

int store_set(struct store *s, const char *name, int64_t value, struct err *e)
{
	if (tx_begin(s, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_VALUE_SET, 0);
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, value);
	return tx_run(s, stmt, e);
}

int store_forget(struct store *s, const char *beginning, int64_t below, struct err *e)
{
	if (tx_begin(s, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_VALUE_FORGET, 0);
	sqlite3_bind_text(stmt, 1, beginning, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, below);
	return tx_run(s, stmt, e);
}

int64_t store_get(struct store *s, const char *name, int64_t fallback)
{
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_VALUE_GET, 0);
	if (!stmt)
		return fallback;
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	int64_t value = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : fallback;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		tx_read_failed(s, NULL);
	return value;
}

/* --- registrations --- */

static int forget_expressions(struct store *s, int slot, struct err *e)
{
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_EXPRESSION_DELETE, 0);
	sqlite3_bind_int(stmt, 1, slot);
	return tx_run(s, stmt, e);
}

/* Writes the name of the value that identifies the URL which had the slot last (store_registration.server);
 * 0: none, or unknown. */
static void left_key(int slot, char ret[16])
{
	snprintf(ret, 16, "left_%d", slot);
}

/* Writes the name of the value that says that the external manager has registered the slot: it is a hash of
 * the URL that the manager has registered, so that it does not hold for another URL, which an older version
 * may have registered since; 0: somebody else has registered the slot. */
static void manager_key(int slot, char ret[16])
{
	snprintf(ret, 16, "manager_%d", slot);
}

static int64_t key_of(const char *url)
{
	return (int64_t)(num_hash(NUM_HASH, url, strlen(url)) | 1);
}

/* Deletes the gap that a deregistered server left in the slot, unless the same URL is registered again, since
 * it must not be reported to another server. */
static int inherit_gap(struct store *s, const struct store_registration *r, struct err *e)
{
	struct store_registration before;
	char left[16];
	left_key(r->slot, left);
	int64_t server = store_get(s, left, 0);
	if (!server || store_registration_get(s, r->slot, &before) == 0)
		return 0;
	struct store_slot_state *at = &s->slots[r->slot];
	if (server != r->server) {
		at->now.gap_first = at->now.gap_last = 0;
		at->now.gap_count = 0;
		at->changed = 1;
	}
	return store_set(s, left, 0, e);
}

static int set_by_manager(struct store *s, const struct store_registration *r, struct err *e)
{
	char name[16];
	manager_key(r->slot, name);
	int64_t wanted = r->by_manager ? key_of(r->url) : 0;
	return store_get(s, name, 0) == wanted ? 0 : store_set(s, name, wanted, e);
}

int store_register(struct store *s, const struct store_registration *r, struct err *e)
{
	if (tx_slot(r->slot, e) < 0)
		return -1;
	if (r->n > STORE_EXPRESSIONS)
		return err_set(e, ERR_INPUT, 0, "slot %d: %zu expressions, at most %d", r->slot, r->n,
			       STORE_EXPRESSIONS);
	if (tx_begin(s, e) < 0 || inherit_gap(s, r, e) < 0 || set_by_manager(s, r, e) < 0 ||
	    forget_expressions(s, r->slot, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_REGISTRATION_SET, 0);
	sqlite3_bind_int(stmt, 1, r->slot);
	sqlite3_bind_text(stmt, 2, r->url, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 3, r->json);
	sqlite3_bind_int64(stmt, 4, r->registered_at);
	sqlite3_bind_int(stmt, 5, r->coalesce);
	if (tx_run(s, stmt, e) < 0)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		stmt = db_stmt(&s->db, DB_EXPRESSION_SET, 0);
		sqlite3_bind_int(stmt, 1, r->slot);
		sqlite3_bind_int64(stmt, 2, (int64_t)i + 1);
		sqlite3_bind_text(stmt, 3, r->expressions[i], -1, SQLITE_STATIC);
		if (tx_run(s, stmt, e) < 0)
			return -1;
	}
	return 0;
}

int store_deregister(struct store *s, int slot, int64_t server, struct err *e)
{
	struct store_registration before;
	struct err ignored; /* an empty queue is no error here */
	char left[16];
	if (tx_slot(slot, e) < 0 || tx_begin(s, e) < 0)
		return -1;
	int known = store_registration_get(s, slot, &before) == 0;
	if (!known && !s->has_failed)
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_REGISTRATION_DELETE, 0);
	sqlite3_bind_int(stmt, 1, slot);
	left_key(slot, left);
	if (known && tx_run(s, stmt, e) == 0 && forget_expressions(s, slot, e) == 0 &&
	    store_set(s, left, server, e) == 0) {
		store_post_purge(s, slot, 0, &ignored);
		store_dead_purge(s, slot, 0, &ignored);
	}
	if (s->has_failed) {
		if (e)
			*e = s->failure;
		return -1;
	}
	return 0;
}

int store_registration_get(struct store *s, int slot, struct store_registration *ret)
{
	memset(ret, 0, sizeof *ret);
	sqlite3_stmt *stmt = tx_slot(slot, NULL) == 0 ? db_stmt(&s->db, DB_REGISTRATION_GET, 0) : NULL;
	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, slot);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *url = (const char *)sqlite3_column_text(stmt, 0);
		ret->slot = slot;
		snprintf(ret->url, sizeof ret->url, "%s", url ? url : "");
		ret->json = sqlite3_column_int(stmt, 1) != 0;
		ret->registered_at = sqlite3_column_int64(stmt, 2);
		ret->coalesce = sqlite3_column_int(stmt, 3) != 0;
	}
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return tx_read_failed(s, NULL);
	stmt = ret->slot ? db_stmt(&s->db, DB_EXPRESSION_GET, 0) : NULL;
	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, slot);
	while (ret->n < STORE_EXPRESSIONS && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		snprintf(ret->expressions[ret->n++], STORE_EXPRESSION, "%s", text ? text : "");
	}
	char name[16];
	manager_key(slot, name);
	ret->by_manager = store_get(s, name, 0) == key_of(ret->url);
	return sqlite3_reset(stmt) == SQLITE_OK ? 0 : tx_read_failed(s, NULL);
}

const char *store_library_version(void)
{
	return sqlite3_libversion();
}
