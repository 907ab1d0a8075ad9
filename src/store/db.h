/* SPDX-License-Identifier: MIT */
/* db: the SQLite connection of the store: opening, schema and migration, prepared statements, errors. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

enum { DB_VERSION = 4 }; /* of the schema, see db_schema.c */
extern const char *const db_migrations[DB_VERSION], *const db_views[DB_VERSION];

/* Statements without a slot come first, then those that each slot's own table has. */
enum db_sql {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_PAGES,
	DB_PAGES_FREE,
	DB_ID_GET,
	DB_ID_SET,
	DB_VALUE_GET,
	DB_VALUE_SET,
	DB_VALUE_FORGET,
	DB_SLOT_GET,
	DB_SLOT_SET,
	DB_REGISTRATION_GET,
	DB_REGISTRATION_SET,
	DB_REGISTRATION_DELETE,
	DB_EXPRESSION_GET,
	DB_EXPRESSION_SET,
	DB_EXPRESSION_DELETE,
	DB_PUBLISHER_GET,
	DB_PUBLISHER_SET,
	DB_DEAD_GET,
	DB_DEAD_COUNT,
	DB_DEAD_OLDEST,
	DB_DEAD_SUM,
	DB_DEAD_DELETE,
	DB_SYSLOG_ADD,
	DB_SYSLOG_GET,
	DB_SYSLOG_DELETE,
	DB_SYSLOG_RANGE,
	DB_POST_ADD,
	DB_POST_GET,
	DB_POST_PEEK,
	DB_POST_DELETE,
	DB_POST_CLEAR,
	DB_POST_COUNT,
	DB_POST_LAST,
	DB_POST_MERGED,
	DB_POST_TO_DEAD_LETTERS,
	DB_POST_REPLAY,
	DB_STATEMENTS
};
enum { DB_SLOTS = 4, DB_STMTS = DB_POST_ADD + DB_SLOTS * (DB_STATEMENTS - DB_POST_ADD) };

struct db {
	sqlite3 *sql;
	sqlite3_stmt *stmts[DB_STMTS];
	/* number of free pages when db_shrink last failed; it is tried again when there are more; 0: it did
	 * not fail */
	int64_t not_shrunk;
	int64_t page;  /* the size of a page in bytes */
	int log_pages; /* number of pages in the log after the last commit */
	int64_t room;  /* the size in bytes to which db_make_room has extended the file */
};

enum db_mode {
	DB_WRITE,   /* for use; created and migrated if needed */
	DB_SALVAGE, /* a damaged file, only to copy its rows: neither checked nor migrated */
	DB_FROZEN,  /* a file that cannot be written: opened for reading only, without its log */
};

/* Opens the database; path NULL: in memory. Returns SQLite's result code; *e is filled unless that is
 * SQLITE_OK. SQLITE_MISMATCH (ERR_CONFIG): the file is not damaged, but of a newer version or of another
 * program, and was not changed. */
int db_open(struct db *d, const char *path, enum db_mode mode, struct err *e);
void db_close(struct db *d);

/* Returns the statement, ready for binding values; slot is 0 for the statements before DB_POST_ADD. NULL: the
 * statement could not be prepared, and db_error says why. */
sqlite3_stmt *db_stmt(struct db *d, enum db_sql which, int slot);
/* Runs a statement that returns no rows, and resets it. Returns SQLITE_OK, or SQLite's error code. */
int db_run(struct db *d, sqlite3_stmt *stmt);
/* Returns the single number that a pragma or query gives; -1: the query failed or gave no row. */
int64_t db_number(struct db *d, const char *query);
/* Fills *e from the connection's last error; returns -1. */
int db_error(struct db *d, struct err *e);
/* Returns 1 if SQLite's result code means that the file itself is damaged, so that only a new file helps. */
int db_is_damage(int rc);
/* Returns free pages to the file system if nearly all of a large file is free. Costs little otherwise. */
void db_shrink(struct db *d);
/* To be called before a commit: gives the database's file the size that it will have once the log's pages
 * have been moved to it. So moving them never needs space, and the log can be emptied even on a full disk.
 * Returns 0; -1 with ERR_FULL: the commit must not be made. */
int db_make_room(struct db *d, struct err *e);

#endif
