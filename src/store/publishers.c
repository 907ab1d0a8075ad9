/* SPDX-License-Identifier: MIT */
/* publishers: the publications that were accepted from programs that number theirs. For each program the last
 * runs of consecutive numbers are kept. A publication that was refused, or could not be made durable, is in
 * no run, and is accepted when it is sent again. */
#include "tx.h"

#include <string.h>

static int is_of(const struct publisher *who, const struct store_publication *p)
{
	return who->used && who->id[0] == p->publisher[0] && who->id[1] == p->publisher[1];
}

/* Returns the index of the publisher's run that has the number; -1: there is none. */
static int run_with(const struct store *s, const struct store_publication *p, int64_t number)
{
	for (int i = -1; i < STORE_PUBLISHERS; i++) {
		int at = i < 0 ? s->latest : i;
		const struct publisher *who = &s->publishers[at];
		if (is_of(who, p) && who->first <= number && number <= who->last)
			return at;
	}
	return -1;
}

int store_publication_was_accepted(const struct store *s, const struct store_publication *p)
{
	return run_with(s, p, p->number) >= 0;
}

/* Returns the place for a new run: if this publisher has STORE_RUNS, the place of its run whose last
 * extension is the oldest; otherwise that of all runs. */
static int place_for(const struct store *s, const struct store_publication *p)
{
	int oldest = 0, own = -1, n_own = 0;
	for (int i = 0; i < STORE_PUBLISHERS; i++) {
		if (s->publishers[i].used < s->publishers[oldest].used)
			oldest = i;
		if (!is_of(&s->publishers[i], p))
			continue;
		n_own++;
		if (own < 0 || s->publishers[i].used < s->publishers[own].used)
			own = i;
	}
	return n_own < STORE_RUNS ? oldest : own;
}

void store_publication_accepted(struct store *s, const struct store_publication *p)
{
	int64_t now = s->publishers[s->latest].used + 1;
	int at = run_with(s, p, p->number);
	if (at < 0)
		at = run_with(s, p, p->number - 1);
	if (at < 0) {
		at = place_for(s, p);
		s->publishers[at] =
			(struct publisher){ .id = { p->publisher[0], p->publisher[1] }, .first = p->number };
	}
	struct publisher *who = &s->publishers[at];
	who->last = p->number > who->last ? p->number : who->last;
	who->used = now;
	s->latest = at;
	s->publishers_changed = 1;
}

int tx_publishers_save(struct store *s)
{
	int rc = SQLITE_OK;
	for (int i = 0; s->publishers_changed && rc == SQLITE_OK && i < STORE_PUBLISHERS; i++) {
		const struct publisher *who = &s->publishers[i];
		if (memcmp(who, &s->publishers_saved[i], sizeof *who) == 0)
			continue;
		sqlite3_stmt *stmt = db_stmt(&s->db, DB_PUBLISHER_SET, 0);
		sqlite3_bind_int(stmt, 1, i);
		sqlite3_bind_blob(stmt, 2, who->id, sizeof who->id, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 3, who->first);
		sqlite3_bind_int64(stmt, 4, who->last);
		sqlite3_bind_int64(stmt, 5, who->used);
		rc = db_run(&s->db, stmt);
	}
	return rc;
}

void tx_publishers_committed(struct store *s)
{
	if (s->publishers_changed)
		memcpy(s->publishers_saved, s->publishers, sizeof s->publishers);
	s->publishers_changed = 0;
}

static void find_latest(struct store *s)
{
	s->latest = 0;
	for (int i = 1; i < STORE_PUBLISHERS; i++)
		if (s->publishers[i].used > s->publishers[s->latest].used)
			s->latest = i;
}

void tx_publishers_rolled_back(struct store *s)
{
	if (!s->publishers_changed)
		return;
	memcpy(s->publishers, s->publishers_saved, sizeof s->publishers);
	s->publishers_changed = 0;
	find_latest(s);
}

int tx_publishers_load(struct store *s)
{
	memset(s->publishers, 0, sizeof s->publishers);
	sqlite3_stmt *stmt = db_stmt(&s->db, DB_PUBLISHER_GET, 0);
	if (!stmt)
		return sqlite3_extended_errcode(s->db.sql);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t place = sqlite3_column_int64(stmt, 0);
		struct publisher who = { .first = sqlite3_column_int64(stmt, 2),
					 .last = sqlite3_column_int64(stmt, 3),
					 .used = sqlite3_column_int64(stmt, 4) };
		if (place < 0 || place >= STORE_PUBLISHERS ||
		    sqlite3_column_bytes(stmt, 1) != sizeof who.id || who.used < 1 ||
		    who.used > INT64_MAX / 2)
			continue; /* a damaged row */
		memcpy(who.id, sqlite3_column_blob(stmt, 1), sizeof who.id);
		s->publishers[place] = who;
	}
	s->publishers_changed = 1;
	tx_publishers_committed(s);
	find_latest(s);
	return sqlite3_reset(stmt);
}
