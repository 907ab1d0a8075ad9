/* SPDX-License-Identifier: MIT */
/* load: reads the store's state from a database that was just opened, and posts from their rows. */
#include "base/mem.h"
#include "base/num.h"
#include "tx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* The value that names the device on which the store was first used. */
static const char device_key[] = "device";

static int read_slot(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	*at = (struct store_slot_state){ .now.next = 1 };
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SLOT_GET, 0);
	if (!stmt)
		return sqlite3_extended_errcode(s->db.sql);
	sqlite3_bind_int(stmt, 1, slot);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		at->now = (struct counters){
			.next = tx_within(sqlite3_column_int64(stmt, 1), 1, MARKS_LAST_MAX),
			.queued = (uint64_t)sqlite3_column_int64(stmt, 2),
			.bytes = (uint64_t)sqlite3_column_int64(stmt, 3),
			.delivered = (uint64_t)sqlite3_column_int64(stmt, 4),
			.dropped = (uint64_t)sqlite3_column_int64(stmt, 5),
			.dead = (uint64_t)sqlite3_column_int64(stmt, 6),
			.gap_first = tx_within(sqlite3_column_int64(stmt, 7), 0, MARKS_LAST_MAX),
			.gap_last = tx_within(sqlite3_column_int64(stmt, 8), 0, MARKS_LAST_MAX),
			.gap_count = (uint64_t)sqlite3_column_int64(stmt, 9),
			.coalesced = (uint64_t)sqlite3_column_int64(stmt, 10),
		};
	int rc = sqlite3_reset(stmt);
	sqlite3_stmt *last = rc == SQLITE_OK ? db_stmt(&s->db, DB_POST_LAST, slot) : NULL;
	if (!last)
		return sqlite3_extended_errcode(s->db.sql);
	int64_t highest = sqlite3_step(last) == SQLITE_ROW
				  ? tx_within(sqlite3_column_int64(last, 0), 0, MARKS_LAST_MAX)
				  : 0;
	if (highest >= at->now.next)
		at->now.next = highest + 1;
	at->saved = at->now;
	return sqlite3_reset(last);
}

/* Counts the posts that are marked as delivered and still in the table, because the last process ended before
 * it deleted them. Drops the marks of all others. */
static int adopt_marks(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	for (size_t i = 0; i < s->marks.used[slot]; i++) {
		struct marks_range *r = &s->marks.ranges[slot][i];
		if (!r->first)
			continue;
		/* If the database is an older copy that was put back, the sequences that were used after the
		 * copy was made must not be used again. */
		if (r->last >= at->now.next)
			at->saved.next = at->now.next = r->last + 1;
		sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_COUNT, slot);
		if (!stmt)
			return sqlite3_extended_errcode(s->db.sql);
		sqlite3_bind_int64(stmt, 1, r->first);
		sqlite3_bind_int64(stmt, 2, r->last);
		int64_t count = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
		if (count) {
			at->marked += (uint64_t)count;
			at->marked_bytes += (uint64_t)sqlite3_column_int64(stmt, 1);
		} else {
			r->first = 0;
		}
		int rc = sqlite3_reset(stmt);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

static int read_id(struct store *s, unsigned char id[MARKS_ID])
{
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_ID_GET, 0);
	if (!stmt)
		return sqlite3_extended_errcode(s->db.sql);
	int rc = sqlite3_step(stmt), found = rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == MARKS_ID;
	if (found)
		memcpy(id, sqlite3_column_blob(stmt, 0), MARKS_ID);
	rc = sqlite3_reset(stmt);
	if (rc != SQLITE_OK || found)
		return rc;
	if (getrandom(id, MARKS_ID, 0) != MARKS_ID)
		return SQLITE_IOERR;
	if (s->unwritable.kind != ERR_NONE)
		return SQLITE_OK;
	stmt = db_stmt(&s->db, DB_ID_SET, 0);
	sqlite3_bind_blob(stmt, 1, id, MARKS_ID, SQLITE_TRANSIENT);
	return db_run(&s->db, stmt);
}

/* Writes the first part of the posts' ids. It is the store's id, which a copy of the store on another device
 * has, too; there, the device's number is mixed in. */
static void write_prefix(struct store *s)
{
	unsigned char id[MARKS_ID];
	int64_t first = s->device ? store_get(s, device_key, s->device) : 0;
	uint64_t other = first == s->device ? 0 : num_hash(NUM_HASH, &s->device, sizeof s->device);
	memcpy(id, s->id, sizeof id);
	for (size_t i = 0; i < sizeof other; i++, other >>= 8)
		id[i] ^= (unsigned char)other;
	num_hex(id, 10, s->prefix);
}

int store_set_device(struct store *s, int64_t device, struct err *e)
{
	if (device == s->device)
		return 0;
	int is_first = !store_get(s, device_key, 0);
	if (is_first && store_set(s, device_key, device, e) < 0)
		return -1;
	s->device = device;
	write_prefix(s);
	return is_first;
}

int tx_files_are_there(struct store *s, struct err *e)
{
	static const char *const ends[] = { "", "-wal" };
	for (size_t i = 0; *s->path && i < 2; i++) {
		char path[PATH_MAX + 8];
		struct stat st = { .st_ino = 0 };
		snprintf(path, sizeof path, "%s%s", s->path, ends[i]);
		int there = stat(path, &st) == 0;
		if (!s->files[i].ino) {
			s->files[i].dev = st.st_dev;
			s->files[i].ino = st.st_ino;
		} else if (!there || st.st_dev != s->files[i].dev || st.st_ino != s->files[i].ino) {
			return err_set(e, ERR_IO, ENOENT,
				       "%s: was %s while the agent runs, so nothing can be stored in it: put "
				       "it back where it was, or restart the agent",
				       path, there ? "replaced" : "deleted or moved");
		}
	}
	return 0;
}

int tx_load(struct store *s)
{
	memset(s->files, 0, sizeof s->files);
	tx_files_are_there(s, NULL);
	int rc = read_id(s, s->id);
	for (int slot = 1; rc == SQLITE_OK && slot <= STORE_SLOTS; slot++)
		rc = read_slot(s, slot);
	if (rc == SQLITE_OK)
		rc = tx_publishers_load(s);
	if (rc == SQLITE_OK)
		rc = tx_syslog_load(s);
	if (rc != SQLITE_OK)
		return rc;
	write_prefix(s);
	char marks[PATH_MAX + 8];
	snprintf(marks, sizeof marks, "%s-marks", s->path);
	struct marks known = s->marks;
	marks_close(&s->marks);
	marks_open(&s->marks, *s->path ? marks : NULL, s->id, &s->trouble);
	marks_merge(&s->marks, &known);
	for (int slot = 1; rc == SQLITE_OK && slot <= STORE_SLOTS; slot++)
		rc = adopt_marks(s, slot);
	s->flush_alone = 1; /* the first commit deletes the posts that the last process left marked */
	return rc;
}

void tx_post(struct store *s, int slot, sqlite3_stmt *row, struct store_post *ret)
{
	*ret = (struct store_post){
		.slot = slot,
		.sequence = sqlite3_column_int64(row, 0),
		.created_at = sqlite3_column_int64(row, 1),
		.json = sqlite3_column_int(row, 2) != 0,
		.merged_from = sqlite3_column_int64(row, 4),
		.merged = (uint64_t)sqlite3_column_int64(row, 5),
	};
	const void *body = sqlite3_column_blob(row, 3);
	ret->len = (size_t)sqlite3_column_bytes(row, 3);
	ret->body = mem_dup_n(body ? body : "", ret->len);
	char *at = stpcpy(ret->id, s->prefix);
	*at++ = '-';
	at = num_print(slot, at);
	*at++ = '-';
	num_print(ret->sequence, at);
}
