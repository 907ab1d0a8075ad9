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

struct counters {     /* a row of the table slot */
	int64_t next; /* the sequence that the next post gets */
	uint64_t queued, bytes, delivered, dropped, dead;
	int64_t gap_first, gap_last; /* 0: there is no gap to be reported */
	uint64_t gap_count;
	uint64_t coalesced;
};

struct publisher { /* a run of one program's numbers, in a row of the table slot (5 and up); used 0: vacant */
	uint64_t id[2];
	int64_t first, last; /* publications with these numbers were accepted */
	int64_t used;        /* a counter: the run with the highest value was extended last */
};

/* The store keeps the lengths of the posts that it returned last, as many as may be sent at once. */
enum { HANDED_OUT = 128 };

/* The state of one slot in memory. In this component, an int `slot` is a slot's number and the pointer `at`
 * is its state. */
struct store_slot_state {
	/* Counters with the changes of the open transaction. A delivered post counts as queued until its row
	 * is deleted. */
	struct counters now;
	struct counters saved; /* counters after the last commit */
	/* Delivered posts whose deletion is not committed yet, and their bytes. */
	uint64_t marked, marked_bytes;
	/* marked posts whose rows the open transaction has deleted, and their bytes */
	uint64_t flushed, flushed_bytes;
	int changed; /* the open transaction must write the slot's row */
	struct {
		int64_t last;
		uint64_t count;
	} in_report; /* the gap that is being reported to the server, as it was at store_gap_report_begun */
	/* 1: since store_gap_report_begun, a post was dropped whose sequence is not above gap_last */
	int dropped_earlier;
	int64_t done_up_to; /* no post with this sequence or a lower one waits, so searches begin after it */
	int64_t oldest;     /* created_at of the first post that waits, valid if oldest_known */
	int oldest_known;
	struct {
		int64_t sequence;
		uint64_t len;
	} handed_out[HANDED_OUT]; /* posts that were returned and still wait, at sequence % HANDED_OUT */
};

/* What can be wrong with a store:
 *
 *     member      means                                    set by                      ended by
 *     open        a transaction is open (no fault)         tx_begin                    its commit or rollback
 *     has_failed  a change since the last commit failed.   tx_failed, which rolls      store_commit, which
 *                 All changes of that transaction are      back                        returns failure;
 *                 lost, and further ones fail, too, until                              store_rollback;
 *                 the caller has been told by its commit                               store_retry
 *     unwritable  nothing can be written since the file    tx_set_unwritable           store_retry, when the
 *                 was opened or replaced; every change                                 file can be written
 *                 fails with this error
 *     unreadable  the file cannot be read either: an       tx_set_unwritable           store_retry, when the
 *                 empty database in memory serves instead                              file can be read
 *     trouble     the last failure, for store_trouble;     a failed transaction or     the next successful
 *                 nothing depends on it                    marks file                  commit; store_retry
 *
 * unreadable is set only together with unwritable. For the errors, kind ERR_NONE means "not set". */
struct store {
	struct db db;
	struct marks marks;
	struct store_options options;
	char path[PATH_MAX];
	char prefix[24]; /* the first part of the ids of this store's posts */
	unsigned char id[MARKS_ID];
	struct store_slot_state slots[STORE_SLOTS + 1];
	struct publisher publishers[STORE_PUBLISHERS], publishers_saved[STORE_PUBLISHERS];
	int latest;             /* index of the publisher that was used last */
	int publishers_changed; /* publishers differs from publishers_saved */
	struct {
		dev_t dev;
		ino_t ino;
	} files[2]; /* database and log, as they were opened; ino 0: the file did not exist */
	int open;
	int has_failed;
	struct err failure; /* the error of the change that failed, valid if has_failed */
	struct err unwritable;
	int unreadable;
	struct err trouble;
	int64_t device; /* by store_set_device; 0: not known */
	int64_t now;    /* the trusted date that store_set_date was last called with */
	/* Once a slot has this many marked posts, store_commit deletes them in a transaction of their own. */
	uint64_t flush_alone;
	/* log lines: the number of the first row, and of the row for the next line; first == next: none
	 * waits. The open transaction may change them. */
	struct syslog_rows {
		int64_t first, next;
	} syslog, syslog_saved;
};

/* Returns the value, or the nearer bound if it is out of range: a number from a damaged row may be
 * anything. */
int64_t tx_within(int64_t value, int64_t lowest, int64_t highest);
/* Returns 0 if slot is 1..STORE_SLOTS; else -1 with ERR_INPUT. */
int tx_slot(int slot, struct err *e);
/* Opens a transaction unless one is open. Returns 0; -1 while the store is unwritable or has_failed. */
int tx_begin(struct store *s, struct err *e);
/* To be called when a statement of a change failed: rolls the transaction back, replaces a damaged file and
 * sets has_failed. Returns -1; *e (may be NULL) is the database's error. */
int tx_failed(struct store *s, struct err *e);
/* Runs a statement that returns no rows. Returns 0; if it fails, calls tx_failed and returns -1. */
int tx_run(struct store *s, sqlite3_stmt *stmt, struct err *e);
/* To be called when a read failed. The open transaction is rolled back only if the file is damaged. Returns
 * -1; *e (may be NULL) is the database's error. */
int tx_read_failed(struct store *s, struct err *e);
/* Deletes the slot's marked posts within the open transaction. Returns SQLite's result code. */
int tx_delete_marked(struct store *s, int slot);
/* Returns created_at of the slot's first post that waits; 0: none waits, or its date is not known. Reads the
 * database only if the date is not known in memory (oldest_known). */
int64_t tx_oldest_date(struct store *s, int slot);
/* Return how many posts of the slot wait for delivery, and how many bytes their bodies have. */
uint64_t tx_waiting(const struct store_slot_state *at);
uint64_t tx_waiting_bytes(const struct store_slot_state *at);
/* Returns 1 if so many posts, with so many bytes, exceed the bounds of a slot; a single post never does. */
int tx_is_too_much(const struct store *s, uint64_t n, uint64_t bytes);
/* A tally: posts that are dropped undelivered, added up. */
struct tx_tally {
	int64_t first, last; /* lowest and highest sequence; first 0: no post was counted yet */
	uint64_t n, bytes;
	uint64_t merged; /* number of posts that had been merged into these */
};
/* Adds one post to the tally *d; row is a row of DB_POST_PEEK. */
void tx_tally_add(struct tx_tally *d, sqlite3_stmt *row);
/* Adds a tally of posts that were not in the queue (dead letters) to the slot's dropped posts, and to the
 * gap that is to be reported to its server. */
void tx_gap_add(struct store_slot_state *at, const struct tx_tally *d);
/* As tx_gap_add, for posts that were in the queue: they are subtracted from it, too. */
void tx_gap_add_queued(struct store_slot_state *at, const struct tx_tally *d);

/* Checks that the files with the names of database and log are still those that were opened. If they have
 * been deleted or replaced, everything that is written to them is lost when the process ends. Returns 0; -1
 * with ERR_IO. */
int tx_files_are_there(struct store *s, struct err *e);
/* Reads id, counters, publishers and marks after the database was opened. Returns SQLite's result code. */
int tx_load(struct store *s);
/* Copies everything that can be read in the damaged file to a new one, and renames the old one. *e says what
 * was done. */
void tx_replace(struct store *s, struct err *e);
/* To be called before the file is opened: completes a tx_replace whose process died between its two
 * renames. */
void tx_finish_replacing(struct store *s);
/* Sets unwritable to *why, and opens the file for reading only. If that fails, too, sets unreadable and opens
 * an empty database in memory. */
void tx_set_unwritable(struct store *s, const struct err *why);

/* publishers.c. tx_publishers_save writes the publishers that have changed, within the open transaction, and
 * returns SQLite's result code. When the transaction has ended, one of the next two is called. */
int tx_publishers_save(struct store *s);
void tx_publishers_committed(struct store *s);
void tx_publishers_rolled_back(struct store *s);
/* Reads all publishers from the database. Returns SQLite's result code. */
int tx_publishers_load(struct store *s);

/* Fills *ret from a row with the columns sequence, created_at, json, body, merged_from, merged. The caller
 * frees ret->body. */
void tx_post(struct store *s, int slot, sqlite3_stmt *row, struct store_post *ret);

/* syslog_lines.c: as the functions of publishers.c, for the log lines. */
int tx_syslog_load(struct store *s);
void tx_syslog_committed(struct store *s);
void tx_syslog_rolled_back(struct store *s);

#endif
