/* SPDX-License-Identifier: MIT */
/* How much a post that comes alone, and is delivered at once, writes: beside a plain SQLite queue, which
 * adds a row and deletes it, each durably. */
#include "faults.h"

enum { EVENTS = 400, BODY = 775, MARK = 32 };

static const char body[BODY + 1] = "x";

static void deliver(struct store *s, int slot)
{
	struct err e;
	struct store_post p;
	assert_int_equal(store_post_next(s, slot, 0, &p, &e), 0);
	free(p.body);
	assert_int_equal(store_post_done(s, slot, p.sequence, &e), 0);
}

/* Publications of as many programs as events, to so many slots; returns the bytes for each post. */
static double written_by_the_store(const struct place *place, int slots)
{
	struct store *s = must_open(place, NULL, 0);
	struct err e;
	int64_t sequence;
	char log[128];
	for (int n = -10; n < EVENTS; n++) {
		struct store_publication who = { { (uint64_t)n + 1000, 7 }, 1 };
		if (n == 0)
			faults.written = faults.syncs = 0;
		for (int slot = 1; slot <= slots; slot++)
			assert_int_equal(store_post_add(s, slot, 0, 1790000000, body, BODY, &sequence, &e),
					 0);
		store_publication_accepted(s, &who);
		assert_int_equal(store_commit(s, &e), 0);
		for (int slot = 1; slot <= slots; slot++)
			deliver(s, slot);
	}
	double all = (double)faults.written / EVENTS / slots + MARK;
	/* One sync for each event, and those that move the log to the file. */
	assert_in_range(faults.syncs, EVENTS, EVENTS + EVENTS / 4);
	/* A log that grows makes the file system's journal write, too. */
	snprintf(log, sizeof log, "%s-wal", place->path);
	assert_in_range(size_of(log), 1, 320 << 10);
	/* Nothing happens, nothing is written. */
	faults.written = faults.syncs = 0;
	for (int i = 0; i < 100; i++) {
		store_set_date(s, 1790000000 + i);
		assert_int_equal(store_commit(s, &e), 0);
	}
	assert_int_equal(faults.written + faults.syncs, 0);
	store_close(s);
	return all;
}

static void run(sqlite3 *db, const char *sql)
{
	char *why = NULL;
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
}

static double written_by_plain_sqlite(const struct place *place)
{
	char path[128];
	sqlite3 *db;
	snprintf(path, sizeof path, "%s/plain.db", place->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"CREATE TABLE q (id INTEGER PRIMARY KEY, body BLOB)");
	faults.written = faults.syncs = 0;
	for (int n = 0; n < EVENTS; n++) {
		run(db, "INSERT INTO q (body) VALUES (zeroblob(775))");
		run(db, "DELETE FROM q WHERE id = last_insert_rowid()");
	}
	double all = (double)faults.written / EVENTS;
	assert_true(faults.syncs >= 2 * EVENTS);
	sqlite3_close(db);
	unlink(path);
	return all;
}

static void a_lone_post_writes_no_more_than_a_plain_queue(void **state)
{
	const struct place *place = *state;
	double plain = written_by_plain_sqlite(place), one = written_by_the_store(place, 1);
	wipe(place);
	double four = written_by_the_store(place, 4);
	print_message("bytes a post: plain SQLite %.0f, one slot %.0f, four slots %.0f each\n", plain, one,
		      four);
	assert_true(one <= 1.1 * plain);
	assert_true(four <= one);
}

/* Posts that wait beside the one that comes and goes do not make it dearer by much. */
static void with_a_backlog_it_is_not_much_more(void **state)
{
	struct store *s = must_open(*state, NULL, 0);
	struct err e;
	int64_t sequence;
	for (int n = 0; n < 5000; n++)
		assert_int_equal(store_post_add(s, 2, 0, 1790000000, body, BODY, &sequence, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	for (int n = -10; n < EVENTS; n++) {
		if (n == 0)
			faults.written = 0;
		assert_int_equal(store_post_add(s, 1, 0, 1790000000, body, BODY, &sequence, &e), 0);
		assert_int_equal(store_commit(s, &e), 0);
		deliver(s, 1);
	}
	assert_in_range(faults.written / EVENTS, 4096, 9500);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lone_post_writes_no_more_than_a_plain_queue, setup,
						teardown),
		cmocka_unit_test_setup_teardown(with_a_backlog_it_is_not_much_more, setup, teardown),
	};
	return cmocka_run_group_tests_name("store wear", tests, install, NULL);
}
