/* repair: a damaged file is set aside, a new one begun, and what can be read carried over. */
#include "tx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SET_ASIDE_MAX = 5, COLUMNS_MAX = 12 };

/* Renames path and its log; the last name is used again and again. */
static int set_aside(const char *path, char *ret, size_t size, struct err *e)
{
	char log[PATH_MAX + 40], to[PATH_MAX + 40];
	for (int i = 1; i <= SET_ASIDE_MAX; i++) {
		snprintf(ret, size, "%s.damaged-%d", path, i);
		if (access(ret, F_OK) < 0)
			break;
	}
	snprintf(log, sizeof log, "%s-wal", path);
	snprintf(to, sizeof to, "%s-wal", ret);
	unlink(to);
	if (rename(path, ret) < 0)
		return err_errno(e, "%s: damaged, and cannot be set aside", path);
	if (rename(log, to) < 0 && errno != ENOENT)
		return err_errno(e, "%s: damaged, and its log cannot be set aside", path);
	return 0;
}

/* Copies rows in this order until the end or the first unreadable one: how many; *whole tells which it was. A row that
 * breaks the schema's rules is left out. -1: the new database failed. */
static int64_t copy_rows(struct db *from, struct db *to, const char *table, const char *order, int *whole)
{
	char select[128], insert[128] = "";
	sqlite3_stmt *in = NULL, *out = NULL;
	int64_t n = 0;
	snprintf(select, sizeof select, "SELECT * FROM %s%s", table, order);
	int rc = sqlite3_prepare_v2(from->sql, select, -1, &in, NULL);
	int columns = rc == SQLITE_OK ? sqlite3_column_count(in) : 0;
	*whole = 0;
	if (columns < 1 || columns > COLUMNS_MAX)
		goto out;
	snprintf(insert, sizeof insert, "INSERT OR IGNORE INTO %s VALUES (?%.*s)", table, 2 * (columns - 1),
		 ",?,?,?,?,?,?,?,?,?,?,?");
	if (sqlite3_prepare_v2(to->sql, insert, -1, &out, NULL) != SQLITE_OK) {
		n = -1;
		goto out;
	}
	while ((rc = sqlite3_step(in)) == SQLITE_ROW) {
		int too_long = 0;
		for (int i = 0; i < columns; i++) {
			too_long |= sqlite3_column_bytes(in, i) > STORE_BODY_MAX;
			sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
		}
		if (too_long)
			continue;
		if (db_run(to, out) != SQLITE_OK) {
			n = -1;
			goto out;
		}
		n += sqlite3_changes(to->sql);
	}
	*whole = rc == SQLITE_DONE;
out:
	sqlite3_finalize(in);
	sqlite3_finalize(out);
	return n;
}

/* Forwards to the damaged place, then backwards to it. */
static int64_t copy_table(struct db *from, struct db *to, const char *table, int *whole)
{
	int backwards;
	int64_t n = copy_rows(from, to, table, "", whole);
	if (n < 0 || *whole)
		return n;
	int64_t more = copy_rows(from, to, table, " ORDER BY 1 DESC, 2 DESC", &backwards);
	return more < 0 ? -1 : n + more;
}

/* The slot's row must agree with the posts that were found. */
static int count_slot(struct store *s, int n)
{
	char sql[400];
	snprintf(sql, sizeof sql,
		 "INSERT OR IGNORE INTO slot VALUES (%d, 1, 0, 0, 0, 0, 0, 0, 0, 0);"
		 "UPDATE slot SET queued = (SELECT count(*) FROM post_%d),"
		 " bytes = (SELECT coalesce(sum(length(body)), 0) FROM post_%d) WHERE slot = %d", n, n, n, n);
	return sqlite3_exec(s->db.sql, sql, NULL, NULL, NULL);
}

struct salvage { int64_t posts, registrations; };

static int carry_over(struct store *s, struct db *from, struct salvage *ret)
{
	static const char *const tables[] = { "store", "slot", "value", "registration", "expression", "dead",
					      "post_1", "post_2", "post_3", "post_4" };
	int identity = 1;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		int whole;
		int64_t n = copy_table(from, &s->db, tables[i], &whole);
		if (n < 0)
			return -1;
		if (i == 0)
			identity = whole && n == 1;
		if (i == 1)
			identity = identity && whole && n >= 0;
		if (!strncmp(tables[i], "post_", 5))
			ret->posts += n;
		if (!strcmp(tables[i], "registration"))
			ret->registrations = n;
	}
	/* Not sure which sequences were used: a new id keeps the posts' ids unique all the same. */
	if (!identity && sqlite3_exec(s->db.sql, "DELETE FROM store", NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	for (int n = 1; n <= STORE_SLOTS; n++)
		if (count_slot(s, n) != SQLITE_OK)
			return -1;
	return 0;
}

/* 0; 1: nothing could be read; -1: the new file could not take it. */
static int salvage(struct store *s, const char *aside, struct salvage *ret)
{
	struct db from;
	*ret = (struct salvage){ 0, 0 };
	if (db_open(&from, aside, DB_SALVAGE, NULL) != SQLITE_OK)
		return 1;
	int r = -1;
	if (sqlite3_exec(s->db.sql, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
		r = carry_over(s, &from, ret);
		if (r == 0 && sqlite3_exec(s->db.sql, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
			r = -1;
		if (r < 0 && !sqlite3_get_autocommit(s->db.sql))
			sqlite3_exec(s->db.sql, "ROLLBACK", NULL, NULL, NULL);
	}
	db_close(&from);
	return r;
}

void tx_replace(struct store *s, struct err *e)
{
	struct err what = *e, why;
	char aside[PATH_MAX + 32];
	db_close(&s->db);
	if (set_aside(s->path, aside, sizeof aside, &why) < 0 || db_open(&s->db, s->path, DB_WRITE, &why) != SQLITE_OK) {
		tx_refuse(s, &why);
		*e = why;
		err_prefix(e, "nothing new can be stored");
		return;
	}
	struct salvage kept;
	int r = salvage(s, aside, &kept);
	if (tx_load(s) != SQLITE_OK) {
		db_error(&s->db, &why);
		tx_refuse(s, &why);
	}
	if (r == 0)
		err_set(e, ERR_IO, EUCLEAN,
			"%s; set aside as %s, carried over what could be read: %lld registrations, %lld posts",
			what.text, aside, (long long)kept.registrations, (long long)kept.posts);
	else
		err_set(e, ERR_IO, EUCLEAN, "%s; set aside as %s, a new file begun: %s", what.text, aside,
			r > 0 ? "nothing could be read from it" : "its content could not be written to the new one");
}
