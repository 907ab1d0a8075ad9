/* SPDX-License-Identifier: MIT */
#include "tx.h"

#include <string.h>

enum {
	/* when the marked posts of a slot have more bytes than this, they are deleted in a separate
	 * transaction (store.flush_alone is the same limit as a number of posts) */
	FLUSH_BYTES = 1 << 20,
	/* a transaction that is opened for a change also deletes a slot's marked posts, if there are at least
	 * this many, or no others */
	FLUSH_ALONG = 32,
	/* maximum number of posts that one commit drops, so that it does not block the loop */
	TRIM_MAX = 10000,
	SHRINK_BELOW = 1 << 20, /* the file is shrunk only while fewer bytes than this are queued */
};

int tx_slot(int slot, struct err *e)
{
	if (slot >= 1 && slot <= STORE_SLOTS)
		return 0;
	return err_set(e, ERR_INPUT, 0, "slot %d: expected 1 to %d", slot, STORE_SLOTS);
}

/* Returns a - b, or 0 if that is negative: a counter from a damaged row may be too small. */
static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t tx_waiting(const struct store_slot_state *at)
{
	return subtract(at->now.queued, at->marked - at->flushed);
}

uint64_t tx_waiting_bytes(const struct store_slot_state *at)
{
	return subtract(at->now.bytes, at->marked_bytes - at->flushed_bytes);
}

static void roll_back(struct store *s)
{
	if (s->db.sql && !sqlite3_get_autocommit(s->db.sql))
		db_run(&s->db, db_stmt(&s->db, DB_ROLLBACK, 0));
	s->open = 0;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct store_slot_state *at = &s->slots[slot];
		at->now = at->saved;
		at->flushed = at->flushed_bytes = 0;
		at->changed = at->oldest_known = 0;
		at->done_up_to = 0;
	}
	tx_publishers_rolled_back(s);
	tx_syslog_rolled_back(s);
}

/* Rolls the transaction back because of the connection's last error, to which *e is set. If the file is
 * damaged, replaces it. */
static void roll_back_after_error(struct store *s, struct err *e)
{
	int damaged = db_is_damage(sqlite3_extended_errcode(s->db.sql));
	db_error(&s->db, e);
	roll_back(s);
	if (damaged && s->unwritable.kind == ERR_NONE)
		tx_replace(s, e);
	s->trouble = *e;
}

int tx_failed(struct store *s, struct err *e)
{
	roll_back_after_error(s, &s->failure);
	s->has_failed = 1;
	if (e)
		*e = s->failure;
	return -1;
}

int tx_read_failed(struct store *s, struct err *e)
{
	struct err own;
	if (!e)
		e = &own;
	if (!db_is_damage(sqlite3_extended_errcode(s->db.sql)))
		return db_error(&s->db, e);
	if (s->open)
		return tx_failed(s, e);
	roll_back_after_error(s, e);
	return -1;
}

int tx_begin(struct store *s, struct err *e)
{
	if (s->has_failed || s->unwritable.kind != ERR_NONE) {
		if (e)
			*e = s->has_failed ? s->failure : s->unwritable;
		return -1;
	}
	if (s->open)
		return 0;
	if (db_run(&s->db, db_stmt(&s->db, DB_BEGIN, 0)) != SQLITE_OK)
		return tx_failed(s, e);
	s->open = 1;
	/* Delivered posts are deleted before new ones are added: the new ones then use the pages that have
	 * become free, and each page is written once. (Posts that are all delivered are in the page to which
	 * the next one is written: a single post has the table's only page to itself.) */
	for (int n = 1; n <= STORE_SLOTS; n++) {
		const struct store_slot_state *at = &s->slots[n];
		if ((at->marked >= FLUSH_ALONG || at->marked == at->now.queued) &&
		    tx_delete_marked(s, n) != SQLITE_OK)
			return tx_failed(s, e);
	}
	return 0;
}

int tx_run(struct store *s, sqlite3_stmt *stmt, struct err *e)
{
	return db_run(&s->db, stmt) == SQLITE_OK ? 0 : tx_failed(s, e);
}

int tx_delete_marked(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	if (at->marked == at->flushed)
		return SQLITE_OK;
	for (size_t i = 0; i < s->marks.used[slot]; i++) {
		const struct marks_range *r = &s->marks.ranges[slot][i];
		if (!r->first)
			continue;
		sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_DELETE, slot);
		sqlite3_bind_int64(stmt, 1, r->first);
		sqlite3_bind_int64(stmt, 2, r->last);
		int rc = db_run(&s->db, stmt);
		if (rc != SQLITE_OK)
			return rc;
	}
	at->now.queued = tx_waiting(at);
	at->now.bytes = tx_waiting_bytes(at);
	at->now.delivered += at->marked - at->flushed;
	marks_deletion_begun(&s->marks, slot);
	at->flushed = at->marked;
	at->flushed_bytes = at->marked_bytes;
	at->changed = 1;
	return SQLITE_OK;
}

int64_t tx_oldest_date(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	if (at->oldest_known)
		return at->oldest;
	at->oldest = 0;
	at->oldest_known = 1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_PEEK, slot);
	for (int64_t from = at->done_up_to + 1; stmt;) {
		sqlite3_bind_int64(stmt, 1, from);
		if (sqlite3_step(stmt) != SQLITE_ROW)
			break;
		const struct marks_range *r = marks_find(&s->marks, slot, sqlite3_column_int64(stmt, 0));
		if (!r) {
			at->oldest = sqlite3_column_int64(stmt, 2);
			break;
		}
		from = r->last + 1;
		sqlite3_reset(stmt);
	}
	sqlite3_reset(stmt);
	return at->oldest;
}

int64_t tx_within(int64_t value, int64_t lowest, int64_t highest)
{
	return value < lowest ? lowest : value > highest ? highest : value;
}

void tx_tally_add(struct tx_tally *d, sqlite3_stmt *row)
{
	int64_t sequence = tx_within(sqlite3_column_int64(row, 0), 0, MARKS_LAST_MAX),
		merged = sqlite3_column_int64(row, 4);
	int64_t from = merged > 0 ? tx_within(sqlite3_column_int64(row, 3), 1, sequence) : sequence;
	d->first = d->first && d->first < from ? d->first : from;
	d->last = sequence;
	d->n++;
	d->bytes += (uint64_t)sqlite3_column_int64(row, 1);
	d->merged += merged > 0 ? (uint64_t)merged : 0;
}

void tx_gap_add(struct store_slot_state *at, const struct tx_tally *d)
{
	struct counters *c = &at->now;
	c->dropped += d->n;
	c->gap_count += d->n + d->merged;
	at->dropped_earlier |= d->first <= c->gap_last;
	c->gap_first = c->gap_first && c->gap_first < d->first ? c->gap_first : d->first;
	c->gap_last = c->gap_last > d->last ? c->gap_last : d->last;
	at->changed = 1;
}

void tx_gap_add_queued(struct store_slot_state *at, const struct tx_tally *d)
{
	struct counters *c = &at->now;
	c->queued = subtract(c->queued, d->n);
	c->bytes = subtract(c->bytes, d->bytes);
	tx_gap_add(at, d);
	at->oldest_known = 0;
	memset(at->handed_out, 0, sizeof at->handed_out);
}

static int is_too_old(const struct store *s, int64_t created_at)
{
	return s->options.max_age_s && created_at && s->now && created_at < s->now - s->options.max_age_s;
}

int tx_is_too_much(const struct store *s, uint64_t n, uint64_t bytes)
{
	const struct store_options *o = &s->options;
	return n > 1 && ((o->max_count && n > o->max_count) || (o->max_bytes && bytes > o->max_bytes));
}

/* Drops the oldest posts of the slot until its count, bytes and age are within the bounds. Returns SQLite's
 * result code. */
static int enforce_bounds(struct store *s, int slot)
{
	struct store_slot_state *at = &s->slots[slot];
	uint64_t kept = tx_waiting(at), bytes = tx_waiting_bytes(at);
	int old = s->options.max_age_s && is_too_old(s, tx_oldest_date(s, slot));
	if (!old && !tx_is_too_much(s, kept, bytes))
		return SQLITE_OK;
	int rc = tx_delete_marked(s, slot); /* after this, every row of the table is a waiting post */
	sqlite3_stmt *peek = rc == SQLITE_OK ? db_stmt(&s->db, DB_POST_PEEK, slot) : NULL;
	if (!peek)
		return sqlite3_extended_errcode(s->db.sql);
	sqlite3_bind_int64(peek, 1, 1);
	struct tx_tally dropped = { 0 };
	while (dropped.n < TRIM_MAX && (rc = sqlite3_step(peek)) == SQLITE_ROW) {
		if (!tx_is_too_much(s, kept - dropped.n, bytes - dropped.bytes) &&
		    !is_too_old(s, sqlite3_column_int64(peek, 2)))
			break;
		tx_tally_add(&dropped, peek);
	}
	int again = sqlite3_reset(peek);
	if (again != SQLITE_OK || !dropped.n)
		return again;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_DELETE, slot);
	sqlite3_bind_int64(stmt, 1, 0);
	sqlite3_bind_int64(stmt, 2, dropped.last);
	rc = db_run(&s->db, stmt);
	tx_gap_add_queued(at, &dropped);
	return rc;
}

static int write_row(struct store *s, int slot)
{
	const struct counters *c = &s->slots[slot].now;
	const int64_t values[] = { slot,
				   c->next,
				   (int64_t)c->queued,
				   (int64_t)c->bytes,
				   (int64_t)c->delivered,
				   (int64_t)c->dropped,
				   (int64_t)c->dead,
				   c->gap_first,
				   c->gap_last,
				   (int64_t)c->gap_count,
				   (int64_t)c->coalesced };
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_SLOT_SET, 0);
	for (int i = 0; i < (int)(sizeof values / sizeof *values); i++)
		sqlite3_bind_int64(stmt, i + 1, values[i]);
	return db_run(&s->db, stmt);
}

/* Returns 1 if there are enough marked posts to delete them now, even in a separate transaction. While
 * flush_alone is raised after a failure, the limits of bytes and of separate ranges are ignored. */
static int must_delete_marked(const struct store *s, int slot)
{
	const struct store_slot_state *at = &s->slots[slot];
	if (at->marked - at->flushed >= s->flush_alone)
		return 1;
	if (s->flush_alone > STORE_REPEATS)
		return 0;
	uint64_t left = at->marked - at->flushed;
	return at->marked_bytes - at->flushed_bytes > FLUSH_BYTES ||
	       (left > MARKS_RANGES / 2 && marks_is_crowded(&s->marks, slot));
}

/* Adds the store's own changes to the transaction: deletes marked posts, enforces the bounds and writes the
 * counters and publishers. Returns SQLite's result code. */
static int complete_transaction(struct store *s)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct store_slot_state *at = &s->slots[slot];
		int rc = SQLITE_OK;
		if (must_delete_marked(s, slot))
			rc = tx_delete_marked(s, slot);
		if (rc == SQLITE_OK)
			rc = enforce_bounds(s, slot);
		if (rc == SQLITE_OK && at->changed)
			rc = write_row(s, slot);
		if (rc != SQLITE_OK)
			return rc;
	}
	return tx_publishers_save(s);
}

static void after_commit(struct store *s)
{
	uint64_t bytes = 0;
	s->open = 0;
	s->trouble.kind = ERR_NONE;
	s->flush_alone = STORE_REPEATS;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct store_slot_state *at = &s->slots[slot];
		if (at->flushed)
			marks_deletion_committed(&s->marks, slot);
		at->marked -= at->flushed;
		at->marked_bytes -= at->flushed_bytes;
		at->flushed = at->flushed_bytes = 0;
		at->saved = at->now;
		at->changed = 0;
		bytes += at->now.bytes;
	}
	tx_publishers_committed(s);
	tx_syslog_committed(s);
	/* The file is shrunk even if this transaction deleted nothing, since the last process may have died
	 * before it shrank the file. */
	if (bytes < SHRINK_BELOW)
		db_shrink(&s->db);
}

/* Returns 1 if there are marked posts to delete, or posts to drop, even without a change by a caller. */
static int has_own_work(struct store *s)
{
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		const struct store_slot_state *at = &s->slots[slot];
		if (must_delete_marked(s, slot))
			return 1;
		if (at->oldest_known && is_too_old(s, at->oldest))
			return 1;
		if (tx_is_too_much(s, tx_waiting(at), tx_waiting_bytes(at)))
			return 1;
	}
	return 0;
}

/* Commits the open transaction. Returns 0; -1 if the whole transaction was rolled back, and *why says why. */
static int commit_open(struct store *s, struct err *why)
{
	if (tx_files_are_there(s, why) < 0)
		goto refused;
	if (complete_transaction(s) != SQLITE_OK)
		goto failed;
	if (db_make_room(&s->db, why) < 0)
		goto refused;
	if (db_run(&s->db, db_stmt(&s->db, DB_COMMIT, 0)) != SQLITE_OK)
		goto failed;
	after_commit(s);
	return 0;
failed:
	roll_back_after_error(s, why);
	return -1;
refused:
	roll_back(s);
	s->trouble = *why;
	return -1;
}

int store_commit(struct store *s, struct err *e)
{
	if (s->has_failed) {
		s->has_failed = 0;
		tx_publishers_rolled_back(s);
		tx_syslog_rolled_back(s);
		if (e)
			*e = s->failure;
		return -1;
	}
	int is_own_work = !s->open;
	if (is_own_work && (s->unwritable.kind != ERR_NONE || !has_own_work(s)))
		return 0;
	struct err why = { .kind = ERR_NONE };
	if (tx_begin(s, &why) == 0 && commit_open(s, &why) == 0)
		return 0;
	s->has_failed = 0;
	/* moving the log's pages to the database makes space in the log */
	if (why.kind == ERR_FULL && s->db.sql)
		sqlite3_wal_checkpoint_v2(s->db.sql, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (is_own_work) {
		/* no caller's change was lost; the deletion is tried again when STORE_REPEATS more posts are
		 * marked */
		s->flush_alone += STORE_REPEATS;
		return 0;
	}
	if (e)
		*e = why;
	return -1;
}

void store_rollback(struct store *s)
{
	roll_back(s);
	s->has_failed = 0;
}

const char *store_trouble(const struct store *s)
{
	return s->unwritable.kind != ERR_NONE ? s->unwritable.text
	       : s->trouble.kind != ERR_NONE  ? s->trouble.text
					      : NULL;
}

int store_is_unreadable(const struct store *s)
{
	return s->unreadable;
}
