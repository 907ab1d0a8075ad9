/* SPDX-License-Identifier: MIT */
/* db_schema: the tables, and the step to each version of the schema. */
#include "db.h"

/* Step i turns version i into i + 1, in one transaction. Never change a step that was released: add one. */
const char *const db_migrations[DB_VERSION] = {
	"CREATE TABLE store (id BLOB NOT NULL);"
	"CREATE TABLE value (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE registration (slot INTEGER PRIMARY KEY, url TEXT NOT NULL, json INTEGER NOT NULL,"
	" registered_at INTEGER NOT NULL);"
	"CREATE TABLE expression (slot INTEGER, n INTEGER, text TEXT NOT NULL, PRIMARY KEY (slot, n)) "
	"WITHOUT ROWID;"
	"CREATE TABLE slot (slot INTEGER PRIMARY KEY, next INTEGER NOT NULL, queued INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, delivered INTEGER NOT NULL, dropped INTEGER NOT NULL, dead INTEGER NOT "
	"NULL,"
	" gap_first INTEGER NOT NULL, gap_last INTEGER NOT NULL, gap_count INTEGER NOT NULL);"
	"CREATE TABLE dead (slot INTEGER, sequence INTEGER, created_at INTEGER NOT NULL, json INTEGER NOT "
	"NULL,"
	" status INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (slot, sequence));"
/* A table for each slot: new posts always go to its right edge, where SQLite appends without rebalancing. */
#define POSTS(n)                                                                                             \
	"CREATE TABLE post_" #n " (sequence INTEGER PRIMARY KEY, created_at INTEGER NOT NULL,"               \
	" json INTEGER NOT NULL, body BLOB NOT NULL);"
	POSTS(1) POSTS(2) POSTS(3) POSTS(4),
	"ALTER TABLE registration ADD COLUMN coalesce INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE slot ADD COLUMN coalesced INTEGER NOT NULL DEFAULT 0;"
#define MERGED(table)                                                                                        \
	"ALTER TABLE " table " ADD COLUMN merged_from INTEGER NOT NULL DEFAULT 0;"                           \
	"ALTER TABLE " table " ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;"
	MERGED("dead") MERGED("post_1") MERGED("post_2") MERGED("post_3")
		MERGED("post_4") "CREATE TABLE publisher (place INTEGER PRIMARY KEY, id BLOB NOT NULL, first "
				 "INTEGER NOT NULL, last INTEGER NOT NULL,"
				 " used INTEGER NOT NULL);",
	/* counters and publishers change with nearly every transaction: in one table they are in one page */
	"ALTER TABLE slot ADD COLUMN publisher BLOB;"
	"ALTER TABLE slot ADD COLUMN first INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE slot ADD COLUMN last INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE slot ADD COLUMN used INTEGER NOT NULL DEFAULT 0;"
#define PUBLISHERS "SELECT place + 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, id, first, last, used FROM publisher;"
	"INSERT INTO slot " PUBLISHERS "DROP TABLE publisher;",
	/* log lines that wait for the log server; n rises by one from row to row */
	"CREATE TABLE syslog (n INTEGER PRIMARY KEY, message BLOB NOT NULL);",
};

/* A file of an older version that cannot be written is read through the views of its version, which have the
 * columns of the current one. */
const char *const db_views[DB_VERSION] = {
	NULL, /* version 0 is an empty file */
#define NO_SYSLOG "CREATE TEMP VIEW syslog AS SELECT 0 AS n, NULL AS message WHERE 0;"
	"CREATE TEMP VIEW registration AS SELECT *, 0 AS coalesce FROM main.registration;"
#define NO_PUBLISHER "NULL AS publisher, 0 AS first, 0 AS last, 0 AS used"
	"CREATE TEMP VIEW slot AS SELECT *, 0 AS coalesced, " NO_PUBLISHER " FROM main.slot;"
#define UNMERGED(table)                                                                                      \
	"CREATE TEMP VIEW " table " AS SELECT *, 0 AS merged_from, 0 AS merged FROM main." table ";"
	UNMERGED("dead") UNMERGED("post_1") UNMERGED("post_2") UNMERGED("post_3") UNMERGED("post_4")
		NO_SYSLOG,
	"CREATE TEMP VIEW slot AS SELECT *, " NO_PUBLISHER " FROM main.slot UNION ALL " PUBLISHERS NO_SYSLOG,
	NO_SYSLOG,
};
