/* SPDX-License-Identifier: MIT */
/* What lies in the place of the store's files, and what becomes of them while they are open. */
#include "faults.h"

static void part_of(const struct place *p, const char *end, char ret[160])
{
	snprintf(ret, 160, "%s%s", p->path, end);
}

static int add(struct store *s, struct err *e)
{
	int64_t sequence;
	if (store_post_add(s, 1, 0, 0, "x", 1, &sequence, e) < 0)
		return -1;
	return store_commit(s, e);
}

static int waiting(struct store *s)
{
	struct store_slot slot;
	store_slot_get(s, 1, &slot);
	return (int)slot.queued;
}

/* Database or log deleted, moved, or another file in its place: nothing more is acknowledged, since nobody
 * would find it again. */
static void test_files_that_go_while_they_are_open(void **state)
{
	static const char *const ends[] = { "", "-wal" };
	struct place *place = *state;
	struct err e;
	for (int i = 0; i < 2; i++)
		for (int replaced = 0; replaced < 2; replaced++) {
			char path[160], moved[170];
			struct store *s = must_open(place, NULL, 0);
			part_of(place, ends[i], path);
			snprintf(moved, sizeof moved, "%s.moved", path);
			assert_int_equal(add(s, &e), 0);
			assert_int_equal(rename(path, moved), 0);
			if (replaced)
				copy_file(moved, path, size_of(moved));
			for (int n = 0; n < 2; n++) {
				assert_int_equal(add(s, &e), -1);
				assert_int_equal(e.kind, ERR_IO);
				assert_non_null(strstr(e.text, path));
				assert_non_null(strstr(e.text, replaced ? "was replaced while"
									: "was deleted or moved while"));
				assert_non_null(strstr(store_trouble(s), path));
			}
			assert_int_equal(waiting(s), 1);
			/* Put back, it goes on. */
			unlink(path);
			assert_int_equal(rename(moved, path), 0);
			assert_int_equal(add(s, &e), 0);
			assert_null(store_trouble(s));
			assert_int_equal(waiting(s), 2);
			store_close(s);
			s = must_open(place, NULL, 0);
			assert_int_equal(waiting(s), 2);
			store_close(s);
			wipe(place);
		}
}

static void put(const char *path, mode_t kind)
{
	unlink(path);
	if (S_ISDIR(kind))
		assert_int_equal(mkdir(path, 0700), 0);
	else if (S_ISLNK(kind))
		assert_int_equal(symlink("/tmp/sealpost-store-nowhere", path), 0);
	else
		assert_int_equal(mknod(path, kind | 0600, 0), 0);
}

/* In the place of database or log: it does not start, names it, waits for nobody, and leaves it. */
static void test_what_is_no_file(void **state)
{
	static const char *const ends[] = { "", "-wal", "-journal" };
	static const struct {
		mode_t kind;
		const char *name;
	} kinds[] = {
		{ S_IFIFO, "a FIFO" },
		{ S_IFSOCK, "a socket" },
		{ S_IFDIR, "a folder" },
		{ S_IFLNK, "a link to a file that is not there" },
	};
	struct place *place = *state;
	struct store *s;
	struct err e;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			char path[160], wanted[100];
			struct stat st;
			part_of(place, ends[i], path);
			store_close(must_open(place, NULL, 0));
			put(path, kinds[k].kind);
			assert_int_equal(
				store_open(&(struct store_options){ .path = place->path }, &s, NULL, &e), -1);
			assert_int_equal(e.kind, ERR_INPUT);
			snprintf(wanted, sizeof wanted, "expected a regular file, and this is %s",
				 kinds[k].name);
			if (!strstr(e.text, path) || !strstr(e.text, wanted))
				fail_msg("%s", e.text);
			assert_int_equal(lstat(path, &st), 0);
			assert_int_equal(st.st_mode & S_IFMT, kinds[k].kind);
			assert_int_equal(access("/tmp/sealpost-store-nowhere", F_OK), -1);
			assert_int_equal(remove(path), 0);
		}
}

/* In the place of the marks, or of the new file of a repair that was not finished: it does without. */
static void test_what_can_be_done_without(void **state)
{
	static const mode_t kinds[] = { S_IFIFO, S_IFSOCK, S_IFDIR, S_IFLNK };
	struct place *place = *state;
	char marks[160], fresh[160], notice[2000];
	struct err e;
	part_of(place, "-marks", marks);
	part_of(place, ".new", fresh);
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		put(marks, kinds[k]);
		put(fresh, kinds[k]);
		struct store *s = must_open(place, notice, sizeof notice);
		assert_non_null(strstr(notice, marks));
		assert_non_null(strstr(notice, "posts may be repeated after a crash"));
		assert_int_equal(add(s, &e), 0);
		assert_int_equal(store_post_done(s, 1, waiting(s) ? 1 : 0, &e), 0);
		store_close(s);
		assert_int_equal(remove(marks), 0);
		assert_int_equal(remove(fresh), 0);
		wipe(place);
	}
}

/* Made by these statements, it is left as it is, byte for byte, and nobody calls it damaged. */
static void expect_left_alone(const struct place *place, const char *sql, const char *wanted)
{
	static unsigned char before[1 << 20], after[1 << 20];
	char notice[2000] = "", aside[160];
	struct store *s;
	struct err e;
	struct buf text;
	sqlite3 *db;
	buf_init(&text, sizeof notice);
	assert_int_equal(
		sqlite3_open_v2(place->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	int fd = open(place->path, O_RDWR);
	ssize_t n = pread(fd, before, sizeof before, 0);
	assert_in_range(n, 512, sizeof before - 1);
	/* A file format of the future, as far as SQLite is concerned, is no damage either. */
	for (int future = 0; future < 2; future++) {
		if (future) {
			before[18] = before[19] = 9;
			assert_int_equal(pwrite(fd, before, 100, 0), 100);
		}
		assert_int_equal(store_open(&(struct store_options){ .path = place->path }, &s, &text, &e),
				 -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		if (!strstr(e.text, wanted) || strstr(e.text, "damaged"))
			fail_msg("%s", e.text);
		assert_int_equal(text.len, 0);
		assert_int_equal(pread(fd, after, sizeof after, 0), n);
		assert_memory_equal(before, after, (size_t)n);
		part_of(place, ".damaged-1", aside);
		assert_int_equal(access(aside, F_OK), -1);
		part_of(place, "-wal", aside);
		assert_int_equal(access(aside, F_OK), -1);
		if (!strstr(sql, "PRAGMA"))
			break; /* what is in a file of the future cannot be counted */
	}
	close(fd);
	buf_done(&text);
	wipe(place);
}

static void test_newer_and_foreign_databases(void **state)
{
	struct place *place = *state;
	expect_left_alone(place, "CREATE TABLE other (x); PRAGMA application_id = 1; PRAGMA user_version = 1",
			  "not one of sealpost's");
	expect_left_alone(place, "CREATE TABLE other (x); PRAGMA user_version = 7", "not one of sealpost's");
	expect_left_alone(place, "CREATE TABLE slot (slot)", "not one of sealpost's");
	expect_left_alone(
		place,
		"CREATE TABLE slot (slot); PRAGMA application_id = 0x5365616c; PRAGMA user_version = 99",
		"written by a newer sealpost (version 99, this one knows up to 4); it is left alone");
	/* An empty one is anybody's. */
	sqlite3 *db;
	assert_int_equal(
		sqlite3_open_v2(place->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (x); DROP TABLE x", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	store_close(must_open(place, NULL, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_files_that_go_while_they_are_open),
		TEST(test_what_is_no_file),
		TEST(test_what_can_be_done_without),
		TEST(test_newer_and_foreign_databases),
	};
	return cmocka_run_group_tests(tests, install, NULL);
}
