/* SPDX-License-Identifier: MIT */
/* outbox: posts that wait for delivery, and dead letters. */
#include "base/mem.h"
#include "tx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a post as the last one of its slot, within the open transaction. p->sequence, p->body and p->len are
 * not used: the sequence is the slot's next one, and the body is passed separately. */
static int append(struct store *s, const struct store_post *p, const void *body, size_t len,
		  int64_t *ret_sequence, struct err *e)
{
	struct store_slot_state *at = &s->slots[p->slot];
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_ADD, p->slot);
	sqlite3_bind_int64(stmt, 1, at->now.next);
	sqlite3_bind_int64(stmt, 2, p->created_at);
	sqlite3_bind_int(stmt, 3, p->json);
	sqlite3_bind_blob(stmt, 4, len ? body : "", (int)len, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 5, p->merged_from);
	sqlite3_bind_int64(stmt, 6, (int64_t)p->merged);
	if (tx_run(s, stmt, e) < 0)
		return -1;
	if (!tx_waiting(at))
		at->oldest_known = 0;
	*ret_sequence = at->now.next++;
	at->now.queued++;
	at->now.bytes += len;
	at->changed = 1;
	return 0;
}

static int begin_post(struct store *s, int slot, size_t len, struct err *e)
{
	if (tx_slot(slot, e) < 0)
		return -1;
	if (len > STORE_BODY_MAX)
		return err_set(e, ERR_INPUT, 0, "slot %d: a post of %zu bytes, at most %d", slot, len,
			       STORE_BODY_MAX);
	return tx_begin(s, e);
}

int store_post_add(struct store *s, int slot, int json, int64_t created_at, const void *body, size_t len,
		   int64_t *ret_sequence, struct err *e)
{
	const struct store_post p = { .slot = slot, .json = json, .created_at = created_at };
	if (begin_post(s, slot, len, e) < 0)
		return -1;
	return append(s, &p, body, len, ret_sequence, e);
}

/* Returns 0 if the row's post is undelivered; otherwise the last sequence of the range of delivered posts
 * that contains the post: reading continues after it. */
static int64_t delivered_up_to(struct store *s, int slot, sqlite3_stmt *row)
{
	const struct marks_range *r = marks_find(&s->marks, slot, sqlite3_column_int64(row, 0));
	return r ? r->last : 0;
}

static void hand_out(struct store *s, int slot, sqlite3_stmt *row, struct store_post *ret)
{
	struct store_slot_state *at = &s->slots[slot];
	tx_post(s, slot, row, ret);
	at->handed_out[ret->sequence % HANDED_OUT].sequence = ret->sequence;
	at->handed_out[ret->sequence % HANDED_OUT].len = ret->len;
}

int store_post_read(struct store *s, int slot, int64_t after, struct store_post *ret, int max, struct err *e)
{
	if (tx_slot(slot, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[slot];
	int n = 0, from_head = after <= at->done_up_to;
	int64_t from = from_head ? at->done_up_to : after, skip;
	if (from >= at->saved.next - 1 || !tx_waiting(at))
		return 0;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_GET, slot);
	if (!stmt)
		return tx_read_failed(s, e);
	sqlite3_bind_int64(stmt, 1, from);
	sqlite3_bind_int64(stmt, 2, at->saved.next);
	for (size_t bytes = 0; n < max && bytes < STORE_READ_BYTES && sqlite3_step(stmt) == SQLITE_ROW;) {
		skip = delivered_up_to(s, slot, stmt);
		if (!skip) {
			hand_out(s, slot, stmt, &ret[n]);
			bytes += ret[n++].len;
			continue;
		}
		sqlite3_reset(stmt);
		sqlite3_bind_int64(stmt, 1, skip);
		if (from_head && !n)
			at->done_up_to = skip;
	}
	if (sqlite3_reset(stmt) == SQLITE_OK)
		return n;
	while (n > 0)
		free(ret[--n].body);
	return tx_read_failed(s, e);
}

int store_post_next(struct store *s, int slot, int64_t after, struct store_post *ret, struct err *e)
{
	memset(ret, 0, sizeof *ret);
	int n = store_post_read(s, slot, after, ret, 1, e);
	if (n < 1)
		ret->body = NULL;
	return n < 0 ? -1 : !n;
}

/* Returns 1 if the post with this sequence waits, and *ret describes this one post in the form that
 * tx_gap_add_queued needs (its bytes, and the posts merged into it); 0 if it does not wait; -1 if the
 * database could not be read. */
static int peek(struct store *s, int slot, int64_t sequence, struct tx_tally *ret, struct err *e)
{
	memset(ret, 0, sizeof *ret);
	if (tx_slot(slot, e) < 0)
		return -1;
	if (marks_find(&s->marks, slot, sequence))
		return 0;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_PEEK, slot);
	if (!stmt)
		return tx_read_failed(s, e);
	sqlite3_bind_int64(stmt, 1, sequence);
	int found = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int64(stmt, 0) == sequence;
	if (found)
		tx_tally_add(ret, stmt);
	return sqlite3_reset(stmt) == SQLITE_OK ? found : tx_read_failed(s, e);
}

/* As peek, but returns only the post's length in *ret_len. For a post in slot.handed_out it does not read the
 * database. */
static int length_of(struct store *s, int slot, int64_t sequence, uint64_t *ret_len, struct err *e)
{
	struct tx_tally d;
	if (tx_slot(slot, e) < 0)
		return -1;
	const struct store_slot_state *at = &s->slots[slot];
	if (sequence > 0 && at->handed_out[sequence % HANDED_OUT].sequence == sequence &&
	    !marks_find(&s->marks, slot, sequence)) {
		*ret_len = at->handed_out[sequence % HANDED_OUT].len;
		return 1;
	}
	int found = peek(s, slot, sequence, &d, e);
	*ret_len = d.bytes;
	return found;
}

static int no_post(struct err *e, int slot, int64_t sequence)
{
	return err_set(e, ERR_NOTFOUND, 0, "slot %d: no waiting post has sequence %lld", slot,
		       (long long)sequence);
}

int store_post_done(struct store *s, int slot, int64_t sequence, struct err *e)
{
	uint64_t len;
	int found = length_of(s, slot, sequence, &len, e);
	if (found <= 0)
		return found;
	if (marks_add(&s->marks, slot, sequence, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[slot];
	at->marked++;
	at->marked_bytes += len;
	at->oldest_known = 0;
	if (!s->open && !s->has_failed)
		/* no change is open, so this only deletes delivered posts, if there are enough */
		store_commit(s, NULL);
	return 0;
}

/* Runs a statement (DB_POST_DELETE or DB_DEAD_DELETE) that deletes the slot's rows from first to last, within
 * the open transaction. */
static int delete_rows(struct store *s, enum db_sql which, int slot, int64_t first, int64_t last,
		       struct err *e)
{
	sqlite3_stmt *stmt = db_stmt(&s->db, which, slot);
	int i = which == DB_DEAD_DELETE;
	if (i)
		sqlite3_bind_int(stmt, 1, slot);
	sqlite3_bind_int64(stmt, i + 1, first);
	sqlite3_bind_int64(stmt, i + 2, last);
	return tx_run(s, stmt, e);
}

int store_post_merge(struct store *s, const struct store_post *p, int64_t *ret_sequence, struct err *e)
{
	struct tx_tally old;
	if (begin_post(s, p->slot, p->len, e) < 0)
		return -1;
	int found = peek(s, p->slot, p->sequence, &old, e);
	if (found <= 0)
		return found < 0 ? -1 : no_post(e, p->slot, p->sequence);
	struct store_post merged = *p;
	merged.merged_from = old.first;
	merged.merged = old.merged + 1;
	if (delete_rows(s, DB_POST_DELETE, p->slot, p->sequence, p->sequence, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[p->slot];
	at->now.queued--;
	at->now.bytes -= old.bytes;
	at->now.coalesced++;
	at->handed_out[p->sequence % HANDED_OUT].sequence = 0;
	at->oldest_known = 0;
	return append(s, &merged, p->body, p->len, ret_sequence, e);
}

static int purge_all(struct store *s, int slot, struct err *e)
{
	struct store_slot_state *at = &s->slots[slot];
	if (tx_delete_marked(s, slot) != SQLITE_OK)
		return tx_failed(s, e);
	struct tx_tally all = {
		.first = 1, .last = at->now.next - 1, .n = at->now.queued, .bytes = at->now.bytes
	};
	if (!all.n)
		return err_set(e, ERR_NOTFOUND, 0, "slot %d: nothing is queued", slot);
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_MERGED, slot);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		all.first = sqlite3_column_int64(stmt, 0);
		all.merged = (uint64_t)sqlite3_column_int64(stmt, 1);
	}
	sqlite3_reset(stmt);
	if (tx_run(s, db_stmt(&s->db, DB_POST_CLEAR, slot), e) < 0)
		return -1;
	tx_gap_add_queued(at, &all);
	return 0;
}

int store_post_purge(struct store *s, int slot, int64_t sequence, struct err *e)
{
	if (tx_slot(slot, e) < 0 || tx_begin(s, e) < 0)
		return -1;
	if (!sequence)
		return purge_all(s, slot, e);
	struct tx_tally one;
	int found = peek(s, slot, sequence, &one, e);
	if (found <= 0)
		return found < 0 ? -1 : no_post(e, slot, sequence);
	if (delete_rows(s, DB_POST_DELETE, slot, sequence, sequence, e) < 0)
		return -1;
	tx_gap_add_queued(&s->slots[slot], &one);
	return 0;
}

void store_set_date(struct store *s, int64_t now)
{
	s->now = now;
	for (int slot = 1; s->options.max_age_s && slot <= STORE_SLOTS; slot++)
		if (tx_waiting(&s->slots[slot]))
			tx_oldest_date(s, slot); /* for has_own_work, which does not read the database */
}

/* --- dead letters --- */

static int drop_oldest_dead(struct store *s, int slot, struct err *e)
{
	struct tx_tally d = { 0 };
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_DEAD_OLDEST, 0);
	sqlite3_bind_int(stmt, 1, slot);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		tx_tally_add(&d, stmt);
	if (sqlite3_reset(stmt) != SQLITE_OK || !d.n)
		return tx_failed(s, e);
	if (delete_rows(s, DB_DEAD_DELETE, slot, d.last, d.last, e) < 0)
		return -1;
	tx_gap_add(&s->slots[slot], &d);
	return 0;
}

/* Drops the slot's oldest dead letters until the slot is within STORE_DEAD_COUNT and STORE_DEAD_BYTES. */
static int trim_dead(struct store *s, int slot, struct err *e)
{
	for (;;) {
		sqlite3_stmt *stmt = db_stmt(&s->db, DB_DEAD_COUNT, 0);
		sqlite3_bind_int(stmt, 1, slot);
		int64_t n = stmt && sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
		int64_t bytes = n < 0 ? 0 : sqlite3_column_int64(stmt, 1);
		if (sqlite3_reset(stmt) != SQLITE_OK || n < 0)
			return tx_failed(s, e);
		if (n <= STORE_DEAD_COUNT && bytes <= STORE_DEAD_BYTES)
			return 0;
		if (drop_oldest_dead(s, slot, e) < 0)
			return -1;
	}
}

int store_post_to_dead_letters(struct store *s, int slot, int64_t sequence, int status, const char *reason,
			       struct err *e)
{
	uint64_t len;
	int found = length_of(s, slot, sequence, &len, e);
	if (found <= 0)
		return found < 0 ? -1 : no_post(e, slot, sequence);
	if (tx_begin(s, e) < 0)
		return -1;
	char cut[STORE_REASON];
	snprintf(cut, sizeof cut, "%s", reason);
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_TO_DEAD_LETTERS, slot);
	sqlite3_bind_int(stmt, 1, slot);
	sqlite3_bind_int64(stmt, 2, sequence);
	sqlite3_bind_int(stmt, 3, status);
	sqlite3_bind_text(stmt, 4, cut, -1, SQLITE_STATIC);
	if (tx_run(s, stmt, e) < 0 || delete_rows(s, DB_POST_DELETE, slot, sequence, sequence, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[slot];
	at->now.queued--;
	at->now.bytes -= len;
	at->now.dead++;
	at->handed_out[sequence % HANDED_OUT].sequence = 0;
	at->changed = 1;
	at->oldest_known = 0;
	return trim_dead(s, slot, e);
}

int store_dead_next(struct store *s, int slot, int64_t after, struct store_dead *ret, struct err *e)
{
	memset(ret, 0, sizeof *ret);
	if (tx_slot(slot, e) < 0)
		return -1;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_DEAD_GET, 0);
	if (!stmt)
		return tx_read_failed(s, e);
	sqlite3_bind_int(stmt, 1, slot);
	sqlite3_bind_int64(stmt, 2, after);
	int found = sqlite3_step(stmt) == SQLITE_ROW;
	if (found) {
		const char *reason = (const char *)sqlite3_column_text(stmt, 7);
		tx_post(s, slot, stmt, &ret->post);
		ret->status = sqlite3_column_int(stmt, 6);
		snprintf(ret->reason, sizeof ret->reason, "%s", reason ? reason : "");
	}
	return sqlite3_reset(stmt) == SQLITE_OK ? !found : tx_read_failed(s, e);
}

/* Adds up the dead letter with this sequence (0: all of the slot). ERR_NOTFOUND: there is none. */
static int sum_dead(struct store *s, int slot, int64_t sequence, struct tx_tally *ret, struct err *e)
{
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_DEAD_SUM, 0);
	memset(ret, 0, sizeof *ret);
	sqlite3_bind_int(stmt, 1, slot);
	sqlite3_bind_int64(stmt, 2, sequence);
	sqlite3_bind_int64(stmt, 3, sequence ? sequence : INT64_MAX);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		*ret = (struct tx_tally){ .last = sqlite3_column_int64(stmt, 0),
					  .n = (uint64_t)sqlite3_column_int64(stmt, 1),
					  .first = sqlite3_column_int64(stmt, 2),
					  .merged = (uint64_t)sqlite3_column_int64(stmt, 3),
					  .bytes = (uint64_t)sqlite3_column_int64(stmt, 4) };
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return tx_failed(s, e);
	if (ret->n)
		return 0;
	return sequence ? err_set(e, ERR_NOTFOUND, 0, "slot %d: no dead letter %lld", slot,
				  (long long)sequence)
			: err_set(e, ERR_NOTFOUND, 0, "slot %d: there are no dead letters", slot);
}

int store_dead_replay(struct store *s, int slot, int64_t sequence, int64_t *ret_n, struct err *e)
{
	struct tx_tally d;
	if (tx_slot(slot, e) < 0 || tx_begin(s, e) < 0 || sum_dead(s, slot, sequence, &d, e) < 0)
		return -1;
	struct store_slot_state *at = &s->slots[slot];
	if (tx_is_too_much(s, tx_waiting(at) + d.n, tx_waiting_bytes(at) + d.bytes))
		return err_set(
			e, ERR_FULL, 0,
			"slot %d: no room in the queue for %llu dead letters of %llu bytes beside the %llu "
			"posts that wait, by HttpFeedback Queue MaxCount and MaxBytes",
			slot, (unsigned long long)d.n, (unsigned long long)d.bytes,
			(unsigned long long)tx_waiting(at));
	int64_t last = sequence ? sequence : INT64_MAX;
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_POST_REPLAY, slot);
	sqlite3_bind_int(stmt, 1, slot);
	sqlite3_bind_int64(stmt, 2, sequence);
	sqlite3_bind_int64(stmt, 3, last);
	sqlite3_bind_int64(stmt, 4, s->now);
	if (tx_run(s, stmt, e) < 0 || delete_rows(s, DB_DEAD_DELETE, slot, sequence, last, e) < 0)
		return -1;
	at->now.queued += d.n;
	at->now.bytes += d.bytes;
	at->changed = 1;
	at->oldest_known = 0;
	if (at->done_up_to >= d.first)
		at->done_up_to = d.first - 1;
	*ret_n = (int64_t)d.n;
	return 0;
}

int store_dead_purge(struct store *s, int slot, int64_t sequence, struct err *e)
{
	struct tx_tally d;
	if (tx_slot(slot, e) < 0 || tx_begin(s, e) < 0 || sum_dead(s, slot, sequence, &d, e) < 0 ||
	    delete_rows(s, DB_DEAD_DELETE, slot, sequence, sequence ? sequence : INT64_MAX, e) < 0)
		return -1;
	tx_gap_add(&s->slots[slot], &d);
	return 0;
}
