/* SPDX-License-Identifier: MIT */
/* repair: copies everything that can be read of a damaged database into a new file, which then replaces it.
 *
 * The new file is complete before the damaged one is renamed, and is renamed last. If the process is killed
 * in between, the next start finds the damaged file under its name and repairs it again, or finds only the
 * new file, and renames it (tx_finish_replacing). */
#include "base/file.h"
#include "tx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SET_ASIDE_MAX = 5, COLUMNS_MAX = 16 };

struct salvage {
	struct db from, to;
	int64_t posts, registrations, lost;
	int whole; /* 1: the last table could be read to its end */
	/* first column of the table's last row that was read forwards, and backwards; 0: none */
	int64_t up_to, back_to;
	int disk_failed; /* 1: a part could not be read because the disk failed */
};

static void log_of(const char *path, char ret[PATH_MAX + 40])
{
	snprintf(ret, PATH_MAX + 40, "%s-wal", path);
}

static void new_of(const struct store *s, char ret[PATH_MAX + 40])
{
	snprintf(ret, PATH_MAX + 40, "%s.new", s->path);
}

static void remove_all(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-journal" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[PATH_MAX + 60];
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* Renames path and its log to PATH.damaged-N with the first N that is free; if there is none, the last N is
 * overwritten. */
static int set_aside(const char *path, char ret[PATH_MAX + 32], struct err *e)
{
	char log[PATH_MAX + 40], to[PATH_MAX + 40];
	for (int i = 1; i <= SET_ASIDE_MAX; i++) {
		snprintf(ret, PATH_MAX + 32, "%s.damaged-%d", path, i);
		if (access(ret, F_OK) < 0)
			break;
	}
	log_of(path, log);
	log_of(ret, to);
	unlink(to);
	if (rename(path, ret) < 0)
		return err_errno(e, "%s: damaged, and cannot be set aside", path);
	if (rename(log, to) < 0 && errno != ENOENT)
		return err_errno(e, "%s: damaged, and its log cannot be set aside", path);
	return 0;
}

void tx_finish_replacing(struct store *s)
{
	char fresh[PATH_MAX + 40], log[PATH_MAX + 40];
	new_of(s, fresh);
	if (access(s->path, F_OK) == 0 || access(fresh, F_OK) < 0 || file_is_regular(fresh, NULL) < 0)
		return;
	log_of(s->path, log);
	unlink(log); /* the log belongs to the damaged file */
	rename(fresh, s->path);
}

/* Copies rows in this order up to the end of the table (ret->whole is set then) or the first row that
 * cannot be read. Rows that violate the schema are left out. Returns how many were copied; -1: the new
 * database failed. */
static int64_t copy_rows(struct salvage *ret, const char *table, const char *order, int64_t *last)
{
	struct db *from = &ret->from, *to = &ret->to;
	char select[128];
	struct buf insert;
	sqlite3_stmt *in = NULL, *out = NULL;
	int64_t n = 0;
	snprintf(select, sizeof select, "SELECT * FROM %s%s", table, order);
	int rc = sqlite3_prepare_v2(from->sql, select, -1, &in, NULL);
	int columns = rc == SQLITE_OK ? sqlite3_column_count(in) : 0;
	ret->whole = 0;
	buf_init(&insert, 1000);
	if (columns < 1 || columns > COLUMNS_MAX)
		goto out;
	/* Columns are named, because a file of an older version has fewer. */
	buf_addf(&insert, "INSERT OR IGNORE INTO %s (", table);
	for (int i = 0; i < columns; i++) {
		const char *name = sqlite3_column_name(in, i);
		if (!name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")])
			goto out; /* no column of the schema: the schema itself is damaged */
		buf_addf(&insert, "%s%s", i ? ", " : "", name);
	}
	buf_addf(&insert, ") VALUES (?%.*s)", 2 * (columns - 1), ",?,?,?,?,?,?,?,?,?,?,?,?,?,?,?");
	int made = sqlite3_prepare_v2(to->sql, buf_str(&insert), -1, &out, NULL);
	if (made != SQLITE_OK) {
		n = made == SQLITE_ERROR ? 0 : -1; /* ERROR: a column that the new table does not have */
		goto out;
	}
	while ((rc = sqlite3_step(in)) == SQLITE_ROW) {
		int too_long = 0;
		*last = tx_within(sqlite3_column_int64(in, 0), 0, MARKS_LAST_MAX);
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
	ret->whole = rc == SQLITE_DONE;
out:
	ret->disk_failed |= (rc & 0xff) == SQLITE_IOERR;
	buf_done(&insert);
	sqlite3_finalize(in);
	sqlite3_finalize(out);
	return n;
}

/* Copies a table's rows from the first one up to the damaged place, then from the last one back to it. */
static int64_t copy_table(struct salvage *ret, const char *table)
{
	ret->up_to = ret->back_to = 0;
	int64_t n = copy_rows(ret, table, "", &ret->up_to);
	if (n < 0 || ret->whole)
		return n;
	int64_t more = copy_rows(ret, table, " ORDER BY 1 DESC, 2 DESC", &ret->back_to);
	ret->whole = 0;
	return more < 0 ? -1 : n + more;
}

static int exec(struct db *d, const char *sql)
{
	return sqlite3_exec(d->sql, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

/* Returns the number that the query gives when the slot's number is appended to its text. */
static int64_t number(struct db *d, const char *query, int slot)
{
	char sql[120];
	snprintf(sql, sizeof sql, "%s%d", query, slot);
	return db_number(d, sql);
}

/* Returns how many undelivered posts of the slot are missing. At the start of the agent the marks are not
 * read yet, and all missing posts count: every loss must be reported to the server. */
static int64_t missing(struct salvage *job, const struct store *s, int slot, int64_t found)
{
	int64_t queued = number(&job->to, "SELECT queued FROM slot WHERE slot = ", slot);
	if (queued < 0) {
		/* The counter is lost, too: every sequence in the unreadable part may have been a post. */
		int64_t hole = job->back_to > job->up_to ? job->back_to - job->up_to - 1 : 1;
		return job->whole ? 0 : hole > 0 ? hole : 1;
	}
	int64_t delivered = (int64_t)s->slots[slot].marked;
	for (size_t i = 0; delivered && i < s->marks.used[slot]; i++) {
		char sql[120];
		const struct marks_range *r = &s->marks.ranges[slot][i];
		snprintf(sql, sizeof sql, "SELECT count(*) FROM post_%d WHERE sequence BETWEEN %lld AND %lld",
			 slot, (long long)r->first, (long long)r->last);
		delivered -= r->first ? db_number(&job->to, sql) : 0;
	}
	return queued - found - delivered > 0 ? queued - found - delivered : 0;
}

/* Corrects the counters of the slot by the posts that were found, and counts the missing ones as dropped and
 * as a gap that is reported to the server. */
static int count_slot(struct salvage *job, const struct store *s, int slot)
{
	char sql[700];
	int64_t found = number(&job->to, "SELECT count(*) FROM post_", slot),
		lost = missing(job, s, slot, found);
	snprintf(sql, sizeof sql,
		 "INSERT OR IGNORE INTO slot VALUES (%d, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0);"
		 "UPDATE slot SET queued = (SELECT count(*) FROM post_%d),"
		 " bytes = (SELECT coalesce(sum(length(body)), 0) FROM post_%d),"
		 " next = max(next, (SELECT coalesce(max(sequence), 0) + 1 FROM post_%d)) WHERE slot = %d",
		 slot, slot, slot, slot, slot);
	if (exec(&job->to, sql) < 0)
		return -1;
	if (!lost)
		return 0;
	int64_t next =
		tx_within(number(&job->to, "SELECT next FROM slot WHERE slot = ", slot), 1, MARKS_LAST_MAX);
	int64_t first = job->up_to + 1, last = job->back_to ? job->back_to - 1 : next - 1;
	if (last < first) { /* it is not known where the missing posts were */
		first = 1;
		last = next > 1 ? next - 1 : 1;
	}
	lost = tx_within(lost, 1, last - first + 1); /* no more than there are sequences in the gap */
	job->lost += lost;
	snprintf(sql, sizeof sql,
		 "UPDATE slot SET dropped = dropped + %lld, gap_count = gap_count + %lld, gap_last = "
		 "max(gap_last, %lld),"
		 " gap_first = iif(gap_first, min(gap_first, %lld), %lld) WHERE slot = %d",
		 (long long)lost, (long long)lost, (long long)last, (long long)first, (long long)first, slot);
	return exec(&job->to, sql);
}

static int carry_over(struct salvage *ret, const struct store *s)
{
	static const char *const tables[] = { "store",      "slot", "value", "registration",
					      "expression", "dead", "syslog" };
	int identity = 1;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		int64_t n = copy_table(ret, tables[i]);
		if (n < 0)
			return -1;
		if (i == 0)
			identity = ret->whole && n == 1;
		if (i == 1)
			identity = identity && ret->whole;
		if (!strcmp(tables[i], "registration"))
			ret->registrations = n;
	}
	/* If it is uncertain which sequences were used, the store gets a new id, so that no id of a post is
	 * used twice. */
	if (!identity && exec(&ret->to, "DELETE FROM store") < 0)
		return -1;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		char table[] = "post_1";
		table[sizeof table - 2] = (char)('0' + slot);
		int64_t posts = copy_table(ret, table);
		if (posts < 0 || count_slot(ret, s, slot) < 0)
			return -1;
		ret->posts += posts;
	}
	return 0;
}

/* Fills the new file from the damaged one. Returns 0; 1: nothing could be read from the damaged file; -1:
 * the new file could not be written, or the disk cannot be read at all (*e). */
static int salvage(struct store *s, const char *fresh, struct salvage *ret, struct err *e)
{
	char log[PATH_MAX + 40];
	int r = -1;
	remove_all(fresh);
	if (db_open(&ret->to, fresh, DB_WRITE, e) != SQLITE_OK) {
		remove_all(fresh);
		return -1;
	}
	int rc = db_open(&ret->from, s->path, DB_SALVAGE, e);
	ret->disk_failed = (rc & 0xff) == SQLITE_IOERR;
	if (rc != SQLITE_OK)
		r = 1;
	else if (exec(&ret->to, "BEGIN IMMEDIATE") == 0 && carry_over(ret, s) == 0 &&
		 exec(&ret->to, "COMMIT") == 0)
		r = 0;
	else
		db_error(&ret->to, e);
	db_close(&ret->from);
	/* Single pages that cannot be read are given up. But if the file cannot even be opened again, the
	 * disk may work later, and still have everything: then the file is not replaced. */
	if (ret->disk_failed && db_open(&ret->from, s->path, DB_SALVAGE, e) != SQLITE_OK)
		r = -1;
	db_close(&ret->from);
	db_close(&ret->to);
	log_of(fresh, log);
	if (r >= 0 && access(log, F_OK) == 0)
		r = err_set(e, ERR_IO, EIO, "%s: could not be finished", fresh);
	if (r < 0)
		remove_all(fresh);
	return r;
}

void tx_replace(struct store *s, struct err *e)
{
	struct err what = *e, why = { .kind = ERR_NONE };
	struct salvage kept = { .posts = 0 };
	char aside[PATH_MAX + 32], fresh[PATH_MAX + 40];
	db_close(&s->db);
	new_of(s, fresh);
	int r = salvage(s, fresh, &kept, &why);
	if (r >= 0 && set_aside(s->path, aside, &why) < 0)
		r = -1;
	tx_finish_replacing(s);
	if (r < 0 || db_open(&s->db, s->path, DB_WRITE, &why) != SQLITE_OK) {
		tx_set_unwritable(s, &why);
		*e = why;
		err_prefix(e, "%s; nothing new can be stored", what.text);
		return;
	}
	if (tx_load(s) != SQLITE_OK) {
		db_error(&s->db, &why);
		tx_set_unwritable(s, &why);
	}
	if (r == 0)
		err_set(e, ERR_IO, EUCLEAN,
			"%s; set aside as %s, carried over what could be read: %lld registrations, %lld "
			"posts; %lld posts are lost%s",
			what.text, aside, (long long)kept.registrations, (long long)kept.posts,
			(long long)kept.lost, kept.lost ? ", their servers are told of a gap" : "");
	else
		err_set(e, ERR_IO, EUCLEAN,
			"%s; set aside as %s, a new file begun: nothing could be read from it", what.text,
			aside);
}
