/* SPDX-License-Identifier: MIT */
/* Databases that an older version wrote: nothing in them is lost, whatever happens while they are brought up
 * to date. */
#include "faults.h"
#include "killed.h"

#include <stdint.h>

enum { POSTS = 40, MARKED = 2 }; /* of slot 1, of which the first were delivered */

enum { VERSION = 4 };

/* As version 1 made it. */
static const char v1_schema[] =
	"PRAGMA journal_mode = WAL;"
	"BEGIN;"
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
	"CREATE TABLE post_1 (sequence INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, json INTEGER NOT "
	"NULL, body BLOB NOT NULL);"
	"CREATE TABLE post_2 (sequence INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, json INTEGER NOT "
	"NULL, body BLOB NOT NULL);"
	"CREATE TABLE post_3 (sequence INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, json INTEGER NOT "
	"NULL, body BLOB NOT NULL);"
	"CREATE TABLE post_4 (sequence INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, json INTEGER NOT "
	"NULL, body BLOB NOT NULL);"
	"PRAGMA application_id = 1399153004; PRAGMA user_version = 1;"
	"INSERT INTO store VALUES (x'000102030405060708090a0b0c0d0e0f');"
	"INSERT INTO value VALUES ('trusted_date', 1800000000);"
	"INSERT INTO registration VALUES (1, 'https://a.example/', 0, 17), (3, 'https://b.example/', 1, 18);"
	"INSERT INTO expression VALUES (1, 1, '/Status'), (1, 2, '/Event'), (3, 1, '/Event');"
	"INSERT INTO dead VALUES (1, 4, 1000, 0, 422, 'the server answered HTTP 422', 'dead');"
	"WITH RECURSIVE n(i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
	" INSERT INTO post_1 SELECT i, 1000 + i, 0, i || ':' || hex(zeroblob(300)) FROM n;"
	"INSERT INTO post_3 VALUES (1, 0, 1, '1:json');"
	"INSERT INTO slot SELECT 1, 51, count(*), sum(length(body)), 5, 4, 1, 7, 10, 4 FROM post_1;"
	"INSERT INTO slot VALUES (3, 2, 1, 6, 0, 0, 0, 0, 0, 0);"
	"COMMIT;";

static void exec(const char *path, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void copy_one(const char *from, const char *to, const char *end)
{
	char a[128], b[128];
	snprintf(a, sizeof a, "%s%s", from, end);
	snprintf(b, sizeof b, "%s%s", to, end);
	copy_file(a, b, size_of(a));
}

/* The files as a clean end of version 1 left them, but for two deliveries that are known from the marks
 * only. */
static void write_v1(const struct place *p)
{
	char model[96];
	snprintf(model, sizeof model, "%s/model.db", p->folder);
	copy_one(model, p->path, "");
	copy_one(model, p->path, "-marks");
}

/* One is made, and copied for each try. */
static int setup_model(void **state)
{
	assert_int_equal(setup(state), 0);
	struct place *p = *state, model = *p, twin = *p;
	struct err e;
	snprintf(model.path, sizeof model.path, "%s/model.db", p->folder);
	snprintf(twin.path, sizeof twin.path, "%s/twin.db", p->folder);
	exec(model.path, v1_schema);
	copy_one(model.path, twin.path, "");
	struct store *s = must_open(&twin, NULL, 0);
	assert_int_equal(store_set(s, "x", 1, &e), 0);
	assert_int_equal(store_commit(s, &e),
			 0); /* what it found is settled: from here on marks stay marks */
	for (int64_t i = 11; i < 11 + MARKED; i++)
		assert_int_equal(store_post_done(s, 1, i, &e), 0);
	copy_one(twin.path, model.path, "-marks");
	store_close(s);
	wipe(&twin);
	return 0;
}

static int teardown_model(void **state)
{
	struct place model = *(struct place *)*state;
	snprintf(model.path, sizeof model.path, "%s/model.db", model.folder);
	wipe(&model);
	return teardown(state);
}

static int version_of(const struct place *p)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return version;
}

static void expect_registrations(struct store *s)
{
	struct store_registration r;
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	assert_string_equal(r.url, "https://a.example/");
	assert_int_equal(r.registered_at, 17);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.expressions[1], "/Event");
	assert_int_equal(r.coalesce, 0);
	assert_int_equal(store_registration_get(s, 3, &r), 0);
	assert_int_equal(r.json, 1);
	assert_int_equal(store_registration_get(s, 2, &r), -1);
	assert_int_equal(store_get(s, "trusted_date", 0), 1800000000);
}

static void expect_posts(struct store *s)
{
	struct err e;
	struct store_post p;
	int64_t at = 0, expected = 11 + MARKED;
	for (; store_post_next(s, 1, at, &p, &e) == 0; at = p.sequence, expected++) {
		char id[STORE_ID];
		snprintf(id, sizeof id, "00010203040506070809-1-%lld", (long long)expected);
		assert_string_equal(p.id, id);
		assert_int_equal(strtoll(p.body, NULL, 10), expected);
		assert_int_equal(p.created_at, 1000 + expected);
		assert_int_equal(p.merged, 0);
		free(p.body);
	}
	assert_int_equal(expected, 11 + POSTS);
	assert_int_equal(store_post_next(s, 3, 0, &p, &e), 0);
	assert_string_equal(p.body, "1:json");
	free(p.body);
}

static void expect_v1(struct store *s)
{
	struct store_slot slot;
	struct store_dead d;
	struct err e;
	expect_registrations(s);
	expect_posts(s);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, POSTS - MARKED);
	assert_int_equal(slot.next_sequence, 51);
	assert_int_equal(slot.delivered, 5 + MARKED);
	assert_int_equal(slot.dropped, 4);
	assert_int_equal(slot.dead, 1);
	assert_int_equal(slot.gap_first, 7);
	assert_int_equal(slot.gap_last, 10);
	assert_int_equal(slot.gap_count, 4);
	assert_int_equal(slot.coalesced, 0);
	assert_int_equal(store_dead_next(s, 1, 0, &d, &e), 0);
	assert_int_equal(d.status, 422);
	assert_string_equal(d.reason, "the server answered HTTP 422");
	assert_string_equal(d.post.body, "dead");
	assert_int_equal(d.post.merged, 0);
	free(d.post.body);
}

/* Everything that only the new version can. */
static void use(struct store *s)
{
	struct err e;
	char text[] = "status";
	struct store_post p = { .slot = 1, .body = text, .len = strlen(text) };
	struct store_publication publication = { { 1, 2 }, 1 };
	struct store_registration r;
	assert_int_equal(store_dead_replay(s, 1, 4, &(int64_t){ 0 }, &e), 0);
	assert_int_equal(store_post_purge(s, 1, 4, &e), 0);
	assert_int_equal(store_post_add(s, 1, 0, 0, text, strlen(text), &p.sequence, &e), 0);
	assert_int_equal(store_post_merge(s, &p, &p.sequence, &e), 0);
	assert_int_equal(p.sequence, 52);
	store_publication_accepted(s, &publication);
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	r.coalesce = 1;
	assert_int_equal(store_register(s, &r, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static void version_1_opens_and_nothing_is_lost(void **state)
{
	struct place *place = *state;
	struct store_publication publication = { { 1, 2 }, 1 };
	struct store_registration r;
	write_v1(place);
	struct store *s = must_open(place, NULL, 0);
	expect_v1(s);
	assert_null(store_trouble(s));
	use(s);
	store_close(s);
	assert_int_equal(version_of(place), VERSION);
	s = must_open(place, NULL, 0);
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	assert_int_equal(r.coalesce, 1);
	assert_true(store_publication_was_accepted(s, &publication));
	store_close(s);
}

/* The end of the process left a log, too. */
static void a_log_of_version_1_counts(void **state)
{
	struct place *place = *state, dead = *place;
	sqlite3 *db;
	write_v1(place);
	snprintf(dead.path, sizeof dead.path, "%s/dead.db", place->folder);
	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "UPDATE value SET value = 1900000000; UPDATE post_3 SET body = '1:later'",
			     NULL, NULL, NULL),
		SQLITE_OK);
	copy_one(place->path, dead.path, "");
	copy_one(place->path, dead.path, "-wal");
	sqlite3_close(db);
	struct store *s = must_open(&dead, NULL, 0);
	struct store_post p;
	struct err e;
	assert_int_equal(store_get(s, "trusted_date", 0), 1900000000);
	assert_int_equal(store_post_next(s, 3, 0, &p, &e), 0);
	assert_string_equal(p.body, "1:later");
	free(p.body);
	store_close(s);
	wipe(&dead);
}

/* --- death in the middle of it --- */

static int open_and_use(void *arg)
{
	struct store_options o = { .path = ((struct place *)arg)->path };
	struct store *s;
	struct err e;
	if (store_open(&o, &s, NULL, &e) < 0 || store_trouble(s))
		return -1;
	store_close(s);
	return 0;
}

static void killed_at_any_moment_it_is_whole(void **state)
{
	struct place *place = *state;
	long step = crash_step(11), calls, deaths = 0, at[VERSION + 1] = { 0 };
	for (long nth = 0, r = 1; r == 1; nth += step) {
		wipe(place);
		write_v1(place);
		r = killed_at(nth, open_and_use, place, &calls);
		if (r < 0)
			skip();
		deaths += r;
		int version = version_of(place);
		assert_in_range(version, 1, VERSION);
		at[version]++;
		struct store *s = must_open(place, NULL, 0);
		expect_v1(s);
		store_close(s);
	}
	assert_true(at[1] > 1 && at[VERSION] > 1);
	print_message("%ld deaths: %ld left version 1, %ld version 2, %ld version 3\n", deaths, at[1], at[2],
		      at[VERSION]);
}

/* --- a disk that fails in the middle of it --- */

/* However it fails, what is there is served, and the next start finds all of it. */
static long try_fault(const struct place *place, long nth, long how_many, int code)
{
	struct err e;
	struct buf text;
	struct store *s;
	struct store_options o = { .path = place->path };
	write_v1(place);
	buf_init(&text, 2000);
	arm(nth, how_many, code);
	if (store_open(&o, &s, &text, &e) < 0)
		fail_msg("call %ld, %ld times: %s", nth, how_many, e.text);
	long calls = faults.calls;
	store_close(s);
	disarm();
	buf_done(&text);
	s = must_open(place, NULL, 0);
	expect_v1(s);
	store_close(s);
	assert_int_equal(version_of(place), VERSION);
	wipe(place);
	return calls;
}

static void fail_each_call(const struct place *place, int code)
{
	for (long how_many = 1; how_many <= 1000; how_many *= 1000) {
		long calls = try_fault(place, 0, 0, code), nth;
		for (nth = 1; nth <= calls; nth += 1 + nth / 10)
			try_fault(place, nth, how_many, code);
		assert_true(nth > 10);
	}
}

static void no_space(void **state)
{
	faults.short_write = 1;
	fail_each_call(*state, SQLITE_FULL);
	faults.short_write = 0;
}

static void io_error(void **state)
{
	fail_each_call(*state, SQLITE_IOERR);
}

static void read_only(void **state)
{
	fail_each_call(*state, SQLITE_READONLY);
}

/* It cannot be brought up to date, and is served all the same. */
static void version_1_that_cannot_be_written_is_served(void **state)
{
	static const int codes[] = { SQLITE_FULL, SQLITE_READONLY };
	struct place *place = *state;
	struct err e;
	char notice[2000];
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		int64_t sequence;
		write_v1(place);
		arm(1, 1000000, codes[i]);
		struct store *s = must_open(place, notice, sizeof notice);
		disarm();
		assert_non_null(strstr(notice, "nothing new can be stored"));
		expect_v1(s);
		assert_int_equal(store_post_add(s, 1, 0, 0, "x", 1, &sequence, &e), -1);
		assert_int_equal(store_post_done(s, 1, 11 + MARKED, &e), 0); /* deliveries go on */
		store_close(s);
		assert_int_equal(version_of(place), 1);
		wipe(place);
	}
}

/* --- damage --- */

/* A damaged file of version 1 is carried over into one of the current version. */
static void damage_in_version_1_is_repaired(void **state)
{
	struct place *place = *state;
	char notice[2000], junk[4096];
	struct store_slot slot;
	write_v1(place);
	int fd = open(place->path, O_RDWR);
	off_t size = size_of(place->path);
	memset(junk, 0xa5, sizeof junk);
	/* A page of the long posts: none of the rows that are looked at. */
	assert_int_equal(pwrite(fd, junk, sizeof junk, size - 4096 * 3), sizeof junk);
	close(fd);
	struct store *s = must_open(place, notice, sizeof notice);
	assert_non_null(strstr(notice, "2 registrations"));
	expect_registrations(s);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.next_sequence, 51);
	assert_in_range(slot.queued, 1, POSTS - 1);
	store_close(s);
	assert_int_equal(version_of(place), VERSION);
}

/* --- version 2 --- */

static const struct store_publication published = { { 1, 2 }, 7 };

/* Version 2 had the publishers in a table of their own. */
static void write_v2(const struct place *p)
{
	struct err e;
	struct store *s;
	write_v1(p);
	s = must_open(p, NULL, 0);
	store_publication_accepted(s, &published);
	assert_int_equal(store_set(s, "x", 2, &e), 0);
	store_close(s);
	exec(p->path,
	     "BEGIN; CREATE TABLE publisher (place INTEGER PRIMARY KEY, id BLOB NOT NULL, first INTEGER NOT "
	     "NULL,"
	     " last INTEGER NOT NULL, used INTEGER NOT NULL);"
	     "INSERT INTO publisher SELECT slot - 5, publisher, first, last, used FROM slot WHERE slot >= 5;"
	     "DELETE FROM slot WHERE slot >= 5; ALTER TABLE slot DROP COLUMN publisher;"
	     "ALTER TABLE slot DROP COLUMN first; ALTER TABLE slot DROP COLUMN last;"
	     "ALTER TABLE slot DROP COLUMN used; DROP TABLE syslog; PRAGMA user_version = 2; COMMIT");
	assert_int_equal(version_of(p), 2);
}

static void expect_v2(struct store *s)
{
	struct store_publication next = published;
	next.number++;
	expect_v1(s);
	assert_true(store_publication_was_accepted(s, &published));
	assert_false(store_publication_was_accepted(s, &next));
}

static void version_2_opens_and_knows_its_publishers(void **state)
{
	struct place *place = *state;
	write_v2(place);
	for (int i = 0; i < 2; i++) {
		struct store *s = must_open(place, NULL, 0);
		expect_v2(s);
		store_close(s);
		assert_int_equal(version_of(place), VERSION);
	}
}

static void version_2_that_cannot_be_written_is_served(void **state)
{
	struct place *place = *state;
	char notice[2000];
	write_v2(place);
	arm(1, 1000000, SQLITE_READONLY);
	struct store *s = must_open(place, notice, sizeof notice);
	disarm();
	assert_non_null(strstr(notice, "nothing new can be stored"));
	expect_v2(s);
	store_close(s);
	assert_int_equal(version_of(place), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_model, teardown_model)
	const struct CMUnitTest tests[] = {
		TEST(version_1_opens_and_nothing_is_lost),
		TEST(a_log_of_version_1_counts),
		TEST(killed_at_any_moment_it_is_whole),
		TEST(no_space),
		TEST(io_error),
		TEST(read_only),
		TEST(version_1_that_cannot_be_written_is_served),
		TEST(damage_in_version_1_is_repaired),
		TEST(version_2_opens_and_knows_its_publishers),
		TEST(version_2_that_cannot_be_written_is_served),
	};
	return cmocka_run_group_tests_name("store migrate", tests, install, NULL);
}
