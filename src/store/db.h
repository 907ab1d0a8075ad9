/* SPDX-License-Identifier: MIT */
/* db: the SQLite connection under the store: opening, schema and migration, prepared statements, errors. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

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
	DB_POST_ADD,
	DB_POST_GET,
	DB_POST_PEEK,
	DB_POST_DELETE,
	DB_POST_CLEAR,
	DB_POST_COUNT,
	DB_POST_LAST,
	DB_POST_MERGED,
	DB_POST_KILL,
	DB_POST_REVIVE,
	DB_STATEMENTS
};
enum { DB_SLOTS = 4, DB_STMTS = DB_POST_ADD + DB_SLOTS * (DB_STATEMENTS - DB_POST_ADD) };

struct db {
	sqlite3 *sql;
	sqlite3_stmt *stmts[DB_STMTS];
	int64_t not_shrunk; /* with so many pages free it failed: it is tried again when there are more */
	int64_t page;       /* bytes */
	int64_t room;       /* bytes that the file is known to have, for db_make_room */
};

enum db_mode { DB_WRITE, DB_SALVAGE, DB_FROZEN }; /* FROZEN: a file that nothing may or can be written to */

/* Opens (WRITE: creates, migrates); path NULL: in memory. Returns SQLite's result code; *e is filled unless
 * it is SQLITE_OK.
 * SQLITE_MISMATCH: the file is sound but not ours to touch (newer, or somebody else's): ERR_CONFIG. */
int db_open(struct db *d, const char *path, enum db_mode mode, struct err *e);
void db_close(struct db *d);

/* The statement, ready for binding; slot 0 for those before DB_POST_ADD. NULL: it could not be prepared,
 * db_error tells. */
sqlite3_stmt *db_stmt(struct db *d, enum db_sql which, int slot);
/* Runs a statement that gives no rows, and resets it: SQLite's result code, SQLITE_OK when done. */
int db_run(struct db *d, sqlite3_stmt *stmt);
/* A pragma's or query's single number, or -1. */
int64_t db_number(struct db *d, const char *query);
/* Fills *e from the connection's last error; returns -1. */
int db_error(struct db *d, struct err *e);
/* Is it the file itself that is damaged, so that nothing but a new one helps? */
int db_is_damage(int rc);
/* Returns the space of what was deleted to the file system when nearly all of a large file is free. Cheap
 * when there is none. */
void db_shrink(struct db *d);
/* Before a commit: gives the database's file the size that it will have once the log's pages have moved to
 * it. So moving them never needs space, and a full disk cannot become a log that nobody can empty. Returns 0,
 * or -1 with ERR_FULL: the commit must not be made. */
int db_make_room(struct db *d, struct err *e);

#endif
