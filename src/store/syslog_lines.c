/* SPDX-License-Identifier: MIT */
/* syslog_lines: the log lines that wait for the log server. Lines are added at the end and deleted from the
 * beginning, so their number is known without counting rows. */
#include "tx.h"

#include "base/buf.h"

#include <string.h>

int tx_syslog_load(struct store *s)
{
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SYSLOG_RANGE, 0);
	if (!stmt)
		return sqlite3_extended_errcode(s->db.sql);
	/* In a running process numbers never go back, as they would after a repair: the owner counts all
	 * lines up to one of them as sent. */
	int64_t next = s->syslog.next > 1 ? s->syslog.next : 1;
	s->syslog = (struct syslog_rows){ next, next };
	if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 1) != SQLITE_NULL) {
		int64_t behind = tx_within(sqlite3_column_int64(stmt, 1), 1, INT64_MAX / 2) + 1;
		s->syslog.first = tx_within(sqlite3_column_int64(stmt, 0), 1, INT64_MAX / 2);
		s->syslog.next = behind > next ? behind : next;
	}
	s->syslog_saved = s->syslog;
	return sqlite3_reset(stmt);
}

void tx_syslog_committed(struct store *s)
{
	s->syslog_saved = s->syslog;
}

void tx_syslog_rolled_back(struct store *s)
{
	s->syslog = s->syslog_saved;
}

uint64_t store_syslog_count(const struct store *s, int64_t after)
{
	int64_t first = after >= s->syslog.first ? after + 1 : s->syslog.first;
	return first < s->syslog.next ? (uint64_t)(s->syslog.next - first) : 0;
}

int store_syslog_add(struct store *s, const void *message, size_t len, struct err *e)
{
	if (tx_begin(s, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SYSLOG_ADD, 0);
	sqlite3_bind_int64(stmt, 1, s->syslog.next);
	sqlite3_bind_blob(stmt, 2, message, (int)len, SQLITE_STATIC);
	if (tx_run(s, stmt, e) < 0)
		return -1;
	s->syslog.next++;
	return 0;
}

int store_syslog_next(struct store *s, int64_t after, int64_t *ret_n, struct buf *ret, struct err *e)
{
	buf_reset(ret);
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SYSLOG_GET, 0);
	if (!stmt)
		return tx_read_failed(s, e);
	sqlite3_bind_int64(stmt, 1, after);
	int is_there = sqlite3_step(stmt) == SQLITE_ROW;
	if (is_there) {
		*ret_n = sqlite3_column_int64(stmt, 0);
		const void *message = sqlite3_column_blob(stmt, 1);
		if (message)
			buf_add(ret, message, (size_t)sqlite3_column_bytes(stmt, 1));
	}
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return tx_read_failed(s, e);
	return is_there ? 0 : 1;
}

int store_syslog_delete(struct store *s, int64_t up_to, struct err *e)
{
	int64_t last = s->syslog.next - 1;
	if (up_to > last)
		up_to = last;
	if (up_to < s->syslog.first)
		return 0;
	if (tx_begin(s, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SYSLOG_DELETE, 0);
	sqlite3_bind_int64(stmt, 1, up_to);
	if (tx_run(s, stmt, e) < 0)
		return -1;
	s->syslog.first = up_to + 1;
	return 0;
}
