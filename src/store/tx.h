/* SPDX-License-Identifier: MIT */
/* tx: the store's state in memory and its transaction: begin, commit (which also deletes what was delivered
 * and keeps the bounds), rollback. */
#ifndef STORE_TX_H
#define STORE_TX_H

#include "db.h"
#include "marks.h"

#include "store/store.h"

#include <limits.h>
#include <sys/types.h>

struct counters { /* a row of the table slot */
	int64_t next;
	uint64_t queued, bytes, delivered, dropped, dead;
	int64_t gap_first, gap_last;
	uint64_t gap_count;
	uint64_t coalesced;
};

struct publisher { /* a row of the table publisher; used 0: vacant */
	uint64_t id[2];
	int64_t first, last; /* publications with these numbers were accepted */
	int64_t used;        /* when it was used last: the greater, the later */
};

enum { HANDED = 128 }; /* as many posts as may be under way at once */

struct slot {
	/* with the changes of the open transaction; posts that are only marked count as queued */
	struct counters now;
	struct counters saved;           /* as committed */
	uint64_t marked, marked_bytes;   /* delivered, and not deleted for good yet */
	uint64_t flushed, flushed_bytes; /* of these, deleted by the open transaction */
	int changed;                     /* the open transaction must write the row */
	struct {
		int64_t last;
		uint64_t count;
	} telling;      /* the gap that the server is being told of */
	int is_mixed;   /* since then posts with earlier sequences were dropped, too */
	int64_t head;   /* no post up to here waits */
	int64_t oldest; /* created_at of the first post that waits */
	int oldest_known;
	struct {
		int64_t sequence;
		uint64_t len;
	} handed[HANDED]; /* handed out and still in the queue, at sequence % HANDED */
};

struct store {
	struct db db;
	struct marks marks;
	struct store_options options;
	char path[PATH_MAX];
	char prefix[24]; /* of ids */
	struct slot slots[STORE_SLOTS + 1];
	struct publisher publishers[STORE_PUBLISHERS], publishers_saved[STORE_PUBLISHERS];
	int latest;             /* the publisher that was used last */
	int publishers_changed; /* some differ from what is saved */
	struct {
		dev_t dev;
		ino_t ino;
	} files[2];        /* database and log, as they were opened; ino 0: not there yet */
	int open;          /* a transaction is open */
	int doomed;        /* a change of this group failed: commit will say so */
	struct err why;    /* of doomed */
	struct err refuse; /* kind not ERR_NONE: nothing can be written */
	int blind;         /* the file cannot be read either */
	struct err trouble;
	int64_t now;          /* the trusted date as store_expire said it last */
	uint64_t flush_alone; /* marks of a slot that are worth a transaction made to delete them */
};

/* The value, or the nearer of the two bounds: a damaged row may hold anything. */
int64_t tx_within(int64_t value, int64_t lowest, int64_t highest);
/* Is it a slot number? Else -1 and ERR_INPUT. */
int tx_slot(int slot, struct err *e);
/* Makes sure a transaction is open. */
int tx_begin(struct store *s, struct err *e);
/* The statement just run failed: gives up the transaction (a damaged file is replaced); returns -1. */
int tx_failed(struct store *s, struct err *e);
/* Runs it; 0, or tx_failed. */
int tx_run(struct store *s, sqlite3_stmt *stmt, struct err *e);
/* A read failed: nothing to give up unless the file is damaged. Returns -1. */
int tx_read_failed(struct store *s, struct err *e);
/* Deletes what is marked of the slot, within the transaction: SQLite's result code. */
int tx_flush(struct store *s, int slot);
/* created_at of the first post that waits; 0: none waits, or it is not known. */
int64_t tx_oldest(struct store *s, int slot);
/* Posts, and their bytes, that are to be delivered. */
uint64_t tx_waiting(const struct slot *slot);
uint64_t tx_waiting_bytes(const struct slot *slot);
/* A record of posts that are dropped undelivered. */
struct dropped {
	int64_t first, last; /* sequence; first 0: there are none yet */
	uint64_t n, bytes;
	uint64_t merged; /* number of posts that had been merged into these */
};
/* Adds one post to the record; row is one of DB_POST_PEEK. */
void tx_drop(struct dropped *d, sqlite3_stmt *row);
/* Counts them as dropped and as a gap not told yet; they were no part of the queue (any more). */
void tx_gap(struct slot *slot, const struct dropped *d);
/* The same for posts that waited. */
void tx_dropped(struct slot *slot, const struct dropped *d);

/* Are database and log still the files that lie under their names? Somebody may have deleted or replaced
 * them, and what is written to them then is lost with the process. 0; -1 and ERR_IO. */
int tx_files_are_there(struct store *s, struct err *e);
/* Reads id, counters and marks from a database just opened; SQLite's result code. */
int tx_load(struct store *s);
/* Carries over what can be read of the damaged file into a new one, and sets the old one aside. *e tells what
 * was done. */
void tx_replace(struct store *s, struct err *e);
/* Before the file is opened: whoever replaced it last may have died between the two renames. */
void tx_finish_replacing(struct store *s);
/* From now on nothing can be written, because of *why: serves what can be read without writing. */
void tx_refuse(struct store *s, const struct err *why);

/* publishers.c: what changed of them is written, was committed, was not: the first gives SQLite's result
 * code. */
int tx_publishers_write(struct store *s);
void tx_publishers_settle(struct store *s);
void tx_publishers_forget(struct store *s);
int tx_publishers_load(struct store *s);

/* Fills a post from a row of sequence, created_at, json, body, merged_from, merged. */
void tx_post(struct store *s, int slot, sqlite3_stmt *row, struct store_post *ret);

#endif
