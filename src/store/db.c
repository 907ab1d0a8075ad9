/* SPDX-License-Identifier: MIT */
#include "db.h"

#include "base/buf.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID 0x5365616c /* "Seal", in the file's header */
enum {
	/* bytes, for a new file. A single post writes whole pages, so a page should not be larger than a
	 * block of a file system. (Files of earlier versions have pages of 8192 bytes, and keep them.) */
	PAGE = 4096,
	/* When the log has this many bytes, its pages are moved to the file, and the log is written from its
	 * beginning again. In a flood this is done rarely, since pages that are written again and again are
	 * then moved once. Otherwise it is done soon: a growing log costs more in the file system's journal,
	 * with each commit, than the commit itself. */
	LOG_FLOOD = 4 << 20,
	LOG_CALM = 256 << 10,
	CALM_PAGES = 8, /* a commit of more pages belongs to a flood */
	/* SQLite's page cache. With a smaller one, the pages of many posts would be written before the
	 * commit, and again at the commit. */
	CACHE_KB = 1024,
	GROWTH = 64 * 1024,      /* the file grows in steps of this many bytes */
	CHECKED_BYTES = 8 << 20, /* files of up to this size are checked completely at each start */
	SHRINK_FREE_BYTES = 16 << 20,
	SHRINK_LIVE_BYTES = 2 << 20,
};

static const char *const statements[DB_STATEMENTS] = {
	[DB_BEGIN] = "BEGIN IMMEDIATE",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_PAGES] = "PRAGMA page_count",
	[DB_PAGES_FREE] = "PRAGMA freelist_count",
	[DB_ID_GET] = "SELECT id FROM store",
	[DB_ID_SET] = "INSERT INTO store VALUES (?1)",
	[DB_VALUE_GET] = "SELECT value FROM value WHERE name = ?1",
	[DB_VALUE_SET] = "INSERT OR REPLACE INTO value VALUES (?1, ?2)",
	[DB_VALUE_FORGET] = "DELETE FROM value WHERE name >= ?1 AND name < ?1 || '~' AND value < ?2",
	[DB_SLOT_GET] = "SELECT * FROM slot WHERE slot = ?1",
	[DB_SLOT_SET] = "INSERT OR REPLACE INTO slot VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
			"NULL, 0, 0, 0)",
	[DB_REGISTRATION_GET] = "SELECT url, json, registered_at, coalesce FROM registration WHERE slot = ?1",
	[DB_REGISTRATION_SET] = "INSERT OR REPLACE INTO registration VALUES (?1, ?2, ?3, ?4, ?5)",
	[DB_REGISTRATION_DELETE] = "DELETE FROM registration WHERE slot = ?1",
	[DB_EXPRESSION_GET] = "SELECT text FROM expression WHERE slot = ?1 ORDER BY n",
	[DB_EXPRESSION_SET] = "INSERT INTO expression VALUES (?1, ?2, ?3)",
	[DB_EXPRESSION_DELETE] = "DELETE FROM expression WHERE slot = ?1",
	[DB_PUBLISHER_GET] = "SELECT slot - 5, publisher, first, last, used FROM slot WHERE slot >= 5",
	[DB_PUBLISHER_SET] =
		"INSERT OR REPLACE INTO slot VALUES (?1 + 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2, ?3, ?4, ?5)",
	[DB_DEAD_GET] =
		"SELECT sequence, created_at, json, body, merged_from, merged, status, reason FROM dead"
		" WHERE slot = ?1 AND sequence > ?2 ORDER BY sequence LIMIT 1",
	[DB_DEAD_COUNT] = "SELECT count(*), total(length(body)) FROM dead WHERE slot = ?1",
	[DB_DEAD_OLDEST] =
		"SELECT sequence, length(body), created_at, merged_from, merged FROM dead WHERE slot = ?1"
		" ORDER BY rowid LIMIT 1",
	[DB_DEAD_SUM] = "SELECT max(sequence), count(*), min(iif(merged, merged_from, sequence)), "
			"total(merged), total(length(body)) FROM dead"
			" WHERE slot = ?1 AND sequence BETWEEN ?2 AND ?3",
	[DB_DEAD_DELETE] = "DELETE FROM dead WHERE slot = ?1 AND sequence BETWEEN ?2 AND ?3",
	[DB_SYSLOG_ADD] = "INSERT INTO syslog VALUES (?1, ?2)",
	[DB_SYSLOG_GET] = "SELECT n, message FROM syslog WHERE n > ?1 ORDER BY n LIMIT 1",
	[DB_SYSLOG_DELETE] = "DELETE FROM syslog WHERE n <= ?1",
	[DB_SYSLOG_RANGE] = "SELECT (SELECT min(n) FROM syslog), (SELECT max(n) FROM syslog)",
	[DB_POST_ADD] = "INSERT INTO post_%d VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[DB_POST_GET] = "SELECT sequence, created_at, json, body, merged_from, merged FROM post_%d"
			" WHERE sequence > ?1 AND sequence < ?2 ORDER BY sequence",
	[DB_POST_PEEK] = "SELECT sequence, length(body), created_at, merged_from, merged FROM post_%d WHERE "
			 "sequence >= ?1"
			 " ORDER BY sequence",
	[DB_POST_DELETE] = "DELETE FROM post_%d WHERE sequence BETWEEN ?1 AND ?2",
	[DB_POST_CLEAR] = "DELETE FROM post_%d", /* without a condition SQLite need not look at each row */
	[DB_POST_COUNT] =
		"SELECT count(*), total(length(body)) FROM post_%d WHERE sequence BETWEEN ?1 AND ?2",
	[DB_POST_LAST] = "SELECT max(sequence) FROM post_%d",
	[DB_POST_MERGED] = "SELECT min(iif(merged, merged_from, sequence)), total(merged) FROM post_%d",
	[DB_POST_TO_DEAD_LETTERS] =
		"INSERT OR REPLACE INTO dead SELECT ?1, sequence, created_at, json, ?3, ?4, body, "
		"merged_from, merged FROM post_%d WHERE sequence = ?2",
	[DB_POST_REPLAY] = "INSERT INTO post_%d SELECT sequence, iif(created_at, ?4, 0), json, body, "
			   "merged_from, merged "
			   "FROM dead WHERE slot = ?1 AND sequence BETWEEN ?2 AND ?3 ORDER BY sequence",
};

int db_is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

int db_error(struct db *d, struct err *e)
{
	int rc = d->sql ? sqlite3_extended_errcode(d->sql) : SQLITE_NOMEM;
	const char *path = d->sql ? sqlite3_db_filename(d->sql, "main") : NULL;
	const char *where = path && *path ? path : "store";
	int sys = d->sql ? sqlite3_system_errno(d->sql) : 0;
	switch (rc & 0xff) {
	case SQLITE_FULL: return err_set(e, ERR_FULL, ENOSPC, "%s: no space left on the device", where);
	case SQLITE_READONLY:
		return err_set(e, ERR_IO, EROFS, "%s: cannot be written: %s", where, sqlite3_errstr(rc));
	case SQLITE_BUSY: return err_set(e, ERR_EXISTS, EBUSY, "%s: another process has it open", where);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_IO, EUCLEAN, "%s: the file is damaged: %s", where,
			       sqlite3_errmsg(d->sql));
	default:
		if (sys == ENOSPC || sys == EDQUOT)
			return err_set(e, ERR_FULL, sys, "%s: no space left on the device", where);
		return err_set(e, ERR_IO, sys ? sys : EIO, "%s: %s%s%s", where,
			       d->sql ? sqlite3_errmsg(d->sql) : "out of memory", sys ? ": " : "",
			       sys ? strerror(sys) : "");
	}
}

sqlite3_stmt *db_stmt(struct db *d, enum db_sql which, int slot)
{
	size_t i = (size_t)which + (slot ? (size_t)(slot - 1) * (DB_STATEMENTS - DB_POST_ADD) : 0);
	if (d->stmts[i] || !d->sql)
		return d->stmts[i];
	char text[256];
	snprintf(text, sizeof text, "%s", statements[which]);
	char *mark = strstr(text, "%d");
	if (mark) { /* the slot's digit replaces the two characters "%d" */
		mark[0] = (char)('0' + slot);
		memmove(mark + 1, mark + 2, strlen(mark + 2) + 1);
	}
	if (sqlite3_prepare_v3(d->sql, text, -1, SQLITE_PREPARE_PERSISTENT, &d->stmts[i], NULL) != SQLITE_OK)
		return NULL;
	return d->stmts[i];
}

int db_run(struct db *d, sqlite3_stmt *stmt)
{
	if (!stmt)
		return d->sql ? sqlite3_extended_errcode(d->sql) : SQLITE_NOMEM;
	int rc = sqlite3_step(stmt);
	int again = sqlite3_reset(stmt);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : again != SQLITE_OK ? again : rc;
}

int64_t db_number(struct db *d, const char *query)
{
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v2(d->sql, query, -1, &stmt, NULL) != SQLITE_OK)
		return -1;
	int64_t n = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
	return sqlite3_finalize(stmt) == SQLITE_OK ? n : -1;
}

static int exec(struct db *d, const char *sql)
{
	return sqlite3_exec(d->sql, sql, NULL, NULL, NULL);
}

static int not_ours(const char *where, struct err *e)
{
	err_set(e, ERR_CONFIG, 0, "%s: a database, but not one of sealpost's; it is left alone", where);
	return SQLITE_MISMATCH;
}

/* Checks the application id and version of a database: only those of sealpost, and empty ones (both numbers
 * are 0), are read. Returns SQLITE_OK; SQLITE_MISMATCH and *e. */
static int check_owner(int64_t id, int64_t version, const char *where, struct err *e)
{
	if (id != APPLICATION_ID)
		return id || version ? not_ours(where, e) : SQLITE_OK;
	if (version <= DB_VERSION)
		return SQLITE_OK;
	err_set(e, ERR_CONFIG, version,
		"%s: written by a newer sealpost (version %lld, this one knows up to %d); it is left alone",
		where, (long long)version, DB_VERSION);
	return SQLITE_MISMATCH;
}

/* Reads application id and version from the file itself, before SQLite opens it: a file of a newer version
 * must not be treated as damaged, and one of another program must not be changed. */
static int check_file_head(const char *path, struct err *e)
{
	enum { HEAD = 100, VERSION_AT = 60, ID_AT = 68 };
	unsigned char head[HEAD];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
	if (fd >= 0)
		close(fd);
	if (n != HEAD || memcmp(head, "SQLite format 3", 16) != 0)
		return SQLITE_OK;
	uint32_t version, id;
	memcpy(&version, head + VERSION_AT, sizeof version);
	memcpy(&id, head + ID_AT, sizeof id);
	return check_owner(be32toh(id), be32toh(version), path, e);
}

static int migrate(struct db *d, const char *where, struct err *e)
{
	int64_t version = db_number(d, "PRAGMA user_version"), id = db_number(d, "PRAGMA application_id");
	if (version < 0 || id < 0)
		return db_error(d, e), sqlite3_extended_errcode(d->sql);
	if (check_owner(id, version, where, e) != SQLITE_OK)
		return SQLITE_MISMATCH;
	while (version < DB_VERSION) {
		char mark[96];
		snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			 APPLICATION_ID, (int)version + 1);
		int rc = exec(d, "BEGIN IMMEDIATE");
		if (rc == SQLITE_OK)
			rc = exec(d, db_migrations[version]);
		if (rc == SQLITE_OK)
			rc = exec(d, mark);
		if (rc != SQLITE_OK) {
			rc = sqlite3_extended_errcode(d->sql);
			db_error(d, e);
			exec(d, "ROLLBACK");
			return rc;
		}
		version++;
	}
	return SQLITE_OK;
}

/* Used instead of migrate for a file that cannot be written: creates views that make an older version look
 * like the current one. */
static int create_views(struct db *d, const char *where, struct err *e)
{
	int64_t version = db_number(d, "PRAGMA user_version");
	if (version < 1 || version > DB_VERSION) {
		err_set(e, ERR_CONFIG, version, "%s: version %lld cannot be read", where, (long long)version);
		return SQLITE_MISMATCH;
	}
	if (version < DB_VERSION && exec(d, db_views[version]) != SQLITE_OK)
		return db_error(d, e), sqlite3_extended_errcode(d->sql);
	return SQLITE_OK;
}

/* Copies the result of SQLite's check, without its heading ("*** in database main ***"), as one line. */
static void one_line(const char *text, char *ret, size_t size)
{
	const char *begin = !strncmp(text, "***", 3) && strchr(text, '\n') ? strchr(text, '\n') + 1 : text;
	snprintf(ret, size, "%s", begin);
	for (char *s = ret; (s = strpbrk(s, "\r\n"));)
		*s = ' ';
}

/* Makes SQLite read all of a small file, which costs little and finds damage before the file is used. */
static int check(struct db *d, const char *where, struct err *e)
{
	if (db_number(d, "PRAGMA page_count") * d->page > CHECKED_BYTES)
		return SQLITE_OK;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(d->sql, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		rc = text && !strcmp(text, "ok") ? SQLITE_OK : SQLITE_CORRUPT;
		char found[200];
		one_line(text ? text : "no answer", found, sizeof found);
		if (rc != SQLITE_OK)
			err_set(e, ERR_IO, EUCLEAN, "%s: the file is damaged: %s", where, found);
	} else {
		db_error(d, e);
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* SQLite calls this after each commit; log_pages: number of pages in the log. */
static int on_commit(void *arg, sqlite3 *sql, const char *name, int log_pages)
{
	struct db *d = arg;
	int committed = log_pages > d->log_pages ? log_pages - d->log_pages : log_pages;
	d->log_pages = log_pages;
	if (log_pages * d->page >= (committed > CALM_PAGES ? LOG_FLOOD : LOG_CALM))
		sqlite3_wal_checkpoint_v2(sql, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK; /* if the disk failed, the log continues, and the next commit tries again */
}

static int prepare_for_use(struct db *d, enum db_mode mode, const char *where, struct err *e)
{
	sqlite3_extended_result_codes(d->sql, 1);
	/* the store has few, long-lived statements: little look-aside memory is enough */
	sqlite3_db_config(d->sql, SQLITE_DBCONFIG_LOOKASIDE, NULL, 128, 64);
	sqlite3_db_config(d->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (mode == DB_SALVAGE)
		sqlite3_db_config(d->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_busy_timeout(d->sql, 1000);
	char pragmas[440];
	/* with exclusive locking, no other process can open the file, and no transaction needs the
	 * shared-memory file or locks */
	snprintf(pragmas, sizeof pragmas,
		 "PRAGMA page_size = %d; PRAGMA locking_mode = EXCLUSIVE;"
		 "PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA "
		 "secure_delete = FAST;"
		 "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = %d; PRAGMA synchronous = FULL;",
		 PAGE, CACHE_KB, LOG_FLOOD);
	int rc = exec(d, pragmas);
	if (rc == SQLITE_OK && mode == DB_WRITE && db_number(d, "PRAGMA application_id") == 0 &&
	    db_number(d, "SELECT count(*) FROM sqlite_schema") > 0)
		return not_ours(where, e);
	if (rc == SQLITE_OK && mode == DB_WRITE)
		rc = exec(d, "PRAGMA journal_mode = WAL");
	if (rc == SQLITE_OK)
		rc = exec(d, "SELECT count(*) FROM sqlite_schema");
	if (rc != SQLITE_OK) {
		rc = sqlite3_extended_errcode(d->sql);
		db_error(d, e);
		return rc;
	}
	if (mode == DB_SALVAGE)
		return SQLITE_OK;
	int chunk = GROWTH;
	sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	d->page = db_number(d, "PRAGMA page_size");
	sqlite3_wal_hook(d->sql, on_commit, d);
	if (mode == DB_WRITE && (rc = check(d, where, e)) != SQLITE_OK)
		return rc;
	return mode == DB_FROZEN ? create_views(d, where, e) : migrate(d, where, e);
}

int db_open(struct db *d, const char *path, enum db_mode mode, struct err *e)
{
	*d = (struct db){ .sql = NULL };
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	struct buf name;
	if (path && mode != DB_SALVAGE && check_file_head(path, e) != SQLITE_OK)
		return SQLITE_MISMATCH;
	buf_init(&name, 4 * PATH_MAX);
	if (path && mode == DB_WRITE) {
		/* Creates the file with mode 0600. SQLite gives its log the mode of the file, so that no
		 * other user can read either. */
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
	} else if (path && mode == DB_FROZEN) {
		flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
		buf_adds(&name, "file:");
		for (const char *c = path; *c; c++)
			buf_addf(&name, strchr("%?#", *c) ? "%%%02x" : "%c", (unsigned char)*c);
		buf_adds(&name, "?immutable=1");
		path = buf_str(&name);
	} else if (path) {
		flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	}
	int rc = sqlite3_open_v2(path ? path : ":memory:", &d->sql, flags, NULL);
	if (rc == SQLITE_OK)
		rc = prepare_for_use(d, mode, path ? path : "store", e);
	else
		db_error(d, e);
	buf_done(&name);
	if (rc != SQLITE_OK)
		db_close(d);
	return rc;
}

void db_close(struct db *d)
{
	for (size_t i = 0; i < DB_STMTS; i++)
		sqlite3_finalize(d->stmts[i]);
	sqlite3_close(d->sql);
	*d = (struct db){ .sql = NULL };
}

static int64_t pages(struct db *d, enum db_sql which)
{
	sqlite3_stmt *stmt = db_stmt(d, which, 0);
	int64_t n = stmt && sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return n;
}

int db_make_room(struct db *d, struct err *e)
{
	sqlite3_int64 bytes = pages(d, DB_PAGES) * d->page;
	if (bytes <= d->room)
		return 0;
	int rc = sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_SIZE_HINT, &bytes);
	if (rc != SQLITE_OK && rc != SQLITE_NOTFOUND) /* NOTFOUND: a database in memory */
		return err_set(e, ERR_FULL, ENOSPC, "%s: no space left on the device",
			       sqlite3_db_filename(d->sql, "main"));
	d->room = bytes;
	return 0;
}

void db_shrink(struct db *d)
{
	int64_t unused = pages(d, DB_PAGES_FREE);
	if (unused * d->page < SHRINK_FREE_BYTES || unused <= d->not_shrunk ||
	    (pages(d, DB_PAGES) - unused) * d->page > SHRINK_LIVE_BYTES)
		return;
	/* VACUUM takes time in proportion to the pages in use, not to the free ones. If it fails, later posts
	 * use the free pages. */
	d->not_shrunk = unused;
	if (exec(d, "VACUUM") != SQLITE_OK)
		return;
	d->not_shrunk = 0;
	d->room = 0;
	sqlite3_wal_checkpoint_v2(d->sql, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
