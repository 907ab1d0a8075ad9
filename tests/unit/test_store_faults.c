/* SPDX-License-Identifier: MIT */
/* A failing disk: every system call that the store makes through SQLite fails in turn, with each error;
 * damaged, torn and read-only files. Nothing acknowledged is lost, the store stays usable, and it says what
 * happened. */
#include "faults.h"

enum { PAGE = 4096 }; /* of the database */

static int add(struct store *s, int64_t *ret, struct err *e)
{
	char body[3000];
	struct store_slot slot;
	store_slot_get(s, 1, &slot);
	int len = snprintf(body, sizeof body, "%lld:%*s", (long long)slot.next_sequence, 1000, "");
	return store_post_add(s, 1, 0, 0, body, (size_t)len, ret, e);
}

static void fill(struct store *s, int n)
{
	struct err e;
	int64_t sequence;
	for (int i = 0; i < n; i++)
		if (add(s, &sequence, &e) < 0 || store_commit(s, &e) < 0)
			fail_msg("%s", e.text);
}

/* Everything from first to at least last is there, in order and with its own content. Returns the last
 * one. */
static int64_t expect_all(struct store *s, int64_t first, int64_t last)
{
	struct err e;
	struct store_post p;
	int64_t at = 0, expected = first;
	int r;
	while ((r = store_post_next(s, 1, at, &p, &e)) == 0) {
		assert_int_equal(p.sequence, expected);
		assert_int_equal(strtoll(p.body, NULL, 10), expected++);
		at = p.sequence;
		free(p.body);
	}
	assert_int_equal(r, 1);
	assert_true(expected > last);
	return expected - 1;
}

/* --- each call in turn --- */

/* Publishes, commits, delivers; every failure is taken as it comes. Tells what it was promised. */
struct promise {
	int64_t acknowledged, delivered;
	int failures;
};

static void work(struct store *s, struct promise *p)
{
	struct err e = { .kind = ERR_NONE };
	for (int i = 0; i < 12; i++) {
		int64_t sequence = 0;
		int bad = add(s, &sequence, &e) < 0 || add(s, &sequence, &e) < 0;
		if (store_commit(s, &e) == 0 && !bad)
			p->acknowledged = sequence;
		else
			p->failures++;
		struct store_post post;
		if (store_post_next(s, 1, p->delivered, &post, &e) == 0) {
			assert_int_equal(post.sequence, p->delivered + 1);
			if (store_post_done(s, 1, post.sequence, &e) == 0)
				p->delivered = post.sequence;
			free(post.body);
		}
		assert_true(e.kind == ERR_NONE || e.text[0]);
	}
}

static long try_fault(const struct place *place, long nth, long how_many, int code)
{
	char notice[2000];
	struct promise p = { 0, 0, 0 };
	struct store *s = must_open(place, NULL, 0);
	arm(nth, how_many, code);
	work(s, &p);
	long calls = faults.calls;
	disarm();
	/* The disk is well again: so is the store. */
	struct err e;
	int64_t sequence;
	if (add(s, &sequence, &e) < 0 || store_commit(s, &e) < 0)
		fail_msg("call %ld: %s", nth, e.text);
	assert_null(store_trouble(s));
	assert_true(sequence > p.acknowledged);
	expect_all(s, p.delivered + 1, sequence);
	store_close(s);
	s = must_open(place, notice, sizeof notice);
	assert_string_equal(notice, "");
	expect_all(s, p.delivered + 1, sequence);
	store_close(s);
	wipe(place);
	return calls;
}

static void fail_each_call(const struct place *place, int code)
{
	for (long how_many = 1; how_many <= 1000; how_many *= 1000) {
		long calls = try_fault(place, 0, 0, code), tried = 0;
		assert_true(calls > 50);
		for (long nth = 1; nth <= calls; nth += 1 + nth / 20, tried++)
			try_fault(place, nth, how_many, code);
		assert_true(tried > 30);
	}
}

static void test_no_space(void **state)
{
	faults.short_write = 1;
	fail_each_call(*state, SQLITE_FULL);
	faults.short_write = 0;
}

static void test_io_error(void **state)
{
	fail_each_call(*state, SQLITE_IOERR);
}

static void test_read_only_while_running(void **state)
{
	fail_each_call(*state, SQLITE_READONLY);
}

static void test_errors_say_what_it_is(void **state)
{
	static const struct {
		int code;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ SQLITE_FULL, ERR_FULL, "no space left" },
		{ SQLITE_READONLY, ERR_IO, "cannot be written" },
		{ SQLITE_IOERR, ERR_IO, "I/O error" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e;
		int64_t sequence;
		struct store *s = must_open(*state, NULL, 0);
		fill(s, 3);
		arm(1, 1000, cases[i].code);
		if (add(s, &sequence, &e) == 0)
			assert_int_equal(store_commit(s, &e), -1);
		else
			assert_int_equal(store_commit(s, NULL), -1);
		assert_int_equal(e.kind, cases[i].kind);
		assert_non_null(strstr(e.text, cases[i].text));
		assert_non_null(strstr(e.text, "store.db"));
		assert_string_equal(store_trouble(s), e.text);
		disarm();
		expect_all(s, 1, 3);
		fill(s, 1);
		assert_null(store_trouble(s));
		store_close(s);
		wipe(*state);
	}
}

/* Deliveries on a full disk cost nothing and are remembered. */
static void test_delivers_while_full(void **state)
{
	struct err e;
	struct store_slot slot;
	struct store *s = must_open(*state, NULL, 0);
	fill(s, 1000);
	arm(1, 1000000, SQLITE_FULL);
	for (int64_t i = 1; i <= 900; i++) {
		assert_int_equal(store_post_done(s, 1, i, &e), 0);
		assert_int_equal(store_commit(s, &e), 0);
	}
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, 100);
	assert_int_equal(slot.delivered, 900);
	expect_all(s, 901, 1000);
	store_close(s); /* the disk is still full */
	disarm();
	s = must_open(*state, NULL, 0);
	expect_all(s, 901, 1000);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.delivered, 900);
	assert_int_equal(slot.queued, 100);
	store_close(s);
}

/* A disk that has no room to shrink the file is not asked with each commit; the next start asks again. */
static void test_no_space_to_shrink(void **state)
{
	const struct place *p = *state;
	static const char body[200000];
	struct err e;
	int64_t sequence;
	struct store *s = must_open(p, NULL, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(store_post_add(s, 1, 0, 0, body, sizeof body, &sequence, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	for (long nth = 1, r = -1; r < 0; nth++) { /* until the disk fills up right behind the commit */
		arm(nth, 1000000, SQLITE_FULL);
		r = store_post_purge(s, 1, 0, &e) < 0 || store_commit(s, &e) < 0 ? -1 : 0;
		disarm();
		assert_true(nth < 1000);
	}
	assert_null(store_trouble(s));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_set(s, "x", i, &e), 0);
		assert_int_equal(store_commit(s, &e), 0);
	}
	assert_true(size_of(p->path) > 16 << 20);
	store_close(s);
	s = must_open(p, NULL, 0);
	assert_int_equal(store_set(s, "x", 9, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	assert_true(size_of(p->path) < 1 << 20);
	assert_int_equal(store_get(s, "x", 0), 9);
	store_close(s);
}

/* --- starting on a bad disk --- */

static void expect_refusing(struct store *s, const char *notice)
{
	struct err e;
	int64_t sequence;
	assert_non_null(strstr(notice, "nothing new can be stored"));
	assert_non_null(store_trouble(s));
	assert_int_equal(add(s, &sequence, &e), -1);
	assert_string_equal(e.text, store_trouble(s));
	assert_int_equal(store_set(s, "x", 1, &e), -1);
	assert_int_equal(store_commit(s, &e), 0);
}

static void test_start_read_only(void **state)
{
	struct err e;
	char notice[2000];
	struct store *s = must_open(*state, NULL, 0);
	fill(s, 5);
	assert_int_equal(store_post_done(s, 1, 1, &e), 0);
	store_close(s);
	arm(1, 1000, SQLITE_READONLY); /* the file opens, its log can't be made */
	s = must_open(*state, notice, sizeof notice);
	disarm();
	expect_refusing(s, notice);
	expect_all(s, 2, 5); /* what is there is served */
	assert_false(store_is_unreadable(s));
	assert_int_equal(store_post_done(s, 1, 2, &e), 0);
	expect_all(s, 3, 5);
	store_close(s);
	s = must_open(*state, NULL, 0);
	expect_all(s, 3, 5);
	store_close(s);
}

static void test_start_without_access(void **state)
{
	char notice[2000];
	struct err e;
	struct store_post p;
	arm(1, 1, SQLITE_CANTOPEN);
	struct store *s = must_open(*state, notice, sizeof notice);
	disarm();
	expect_refusing(s, notice);
	assert_int_equal(store_post_next(s, 1, 0, &p, &e), 1);
	assert_true(store_is_unreadable(s));
	store_close(s);
	s = must_open(*state, NULL, 0);
	assert_false(store_is_unreadable(s));
	store_close(s);
}

static void test_marks_that_cannot_be_kept(void **state)
{
	struct place *place = *state;
	char marks[128], notice[2000];
	snprintf(marks, sizeof marks, "%s-marks", place->path);
	assert_int_equal(mkdir(marks, 0700), 0);
	struct store *s = must_open(place, notice, sizeof notice);
	assert_non_null(strstr(notice, "repeated after a crash"));
	struct err e;
	fill(s, 3);
	assert_int_equal(store_post_done(s, 1, 1, &e), 0);
	expect_all(s, 2, 3);
	store_close(s);
	s = must_open(place, notice, sizeof notice);
	expect_all(s, 2, 3);
	store_close(s);
}

/* --- damage --- */

static void overwrite(const char *path, off_t at, size_t len)
{
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	char *junk = malloc(len);
	memset(junk, 0xa5, len);
	assert_int_equal(pwrite(fd, junk, len, at), len);
	free(junk);
	close(fd);
}

static void register_one(struct store *s)
{
	static const struct store_registration r = {
		.slot = 1,
		.url = "https://host.example/",
		.n = 1,
		.expressions = { "/Status" },
	};
	struct err e;
	assert_int_equal(store_register(s, &r, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static void test_damaged_head(void **state)
{
	struct place *place = *state;
	char notice[2000], aside[128];
	struct store *s = must_open(place, NULL, 0);
	fill(s, 3);
	store_close(s);
	overwrite(place->path, 0, 200);
	s = must_open(place, notice, sizeof notice);
	assert_non_null(strstr(notice, "damaged"));
	assert_non_null(strstr(notice, "nothing could be read"));
	snprintf(aside, sizeof aside, "%s.damaged-1", place->path);
	assert_int_equal(access(aside, F_OK), 0);
	fill(s, 2);
	expect_all(s, 1, 2);
	store_close(s);
	s = must_open(place, NULL, 0);
	expect_all(s, 1, 2);
	store_close(s);
}

/* One page in the middle of the posts is destroyed: found at the start; nearly everything is carried over. */
static void test_damaged_page_at_start(void **state)
{
	struct place *place = *state;
	char notice[2000];
	struct err e;
	struct store_slot slot;
	struct store_post p, first;
	static struct store_registration r;
	struct store *s = must_open(place, NULL, 0);
	register_one(s);
	fill(s, 100);
	assert_int_equal(store_post_next(s, 1, 0, &first, &e), 0);
	free(first.body);
	store_close(s);
	overwrite(place->path, size_of(place->path) / PAGE * 3 / 4 * PAGE, PAGE);
	s = must_open(place, notice, sizeof notice);
	assert_non_null(strstr(notice, "set aside as"));
	assert_non_null(strstr(notice, "1 registrations"));
	assert_null(strpbrk(notice, "\r\n")); /* a line of the log, whatever SQLite said of it */
	assert_null(strstr(notice, "***"));
	assert_null(store_trouble(s));
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	assert_string_equal(r.expressions[0], "/Status");
	int64_t n = 0, at = 0;
	while (store_post_next(s, 1, at, &p, &e) == 0) {
		assert_int_equal(strtoll(p.body, NULL, 10), p.sequence);
		if (!n)
			assert_string_equal(p.id, first.id);
		at = p.sequence;
		n++;
		free(p.body);
	}
	assert_in_range(n, 90, 99);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, n);
	assert_int_equal(slot.next_sequence, 101);
	store_close(s);
}

/* Damage that only shows while running: the call fails and says what was done, the next one works. */
static void test_damaged_page_while_running(void **state)
{
	struct place *place = *state;
	struct err e = { .kind = ERR_NONE };
	struct store_post p;
	struct store *s = must_open(place, NULL, 0);
	register_one(s);
	fill(s, 3000); /* more than the cache holds, and all but the end of it moved to the file */
	store_close(s);
	s = must_open(place, NULL, 0);
	overwrite(place->path, size_of(place->path) / PAGE * 3 / 4 * PAGE, PAGE);
	int64_t at = 0, n = 0;
	int r = 0, failures = 0;
	while (r != 1) {
		r = store_post_next(s, 1, at, &p, &e);
		if (r == 0) {
			at = p.sequence;
			n++;
			free(p.body);
		} else if (r < 0) {
			failures++;
			assert_non_null(strstr(e.text, "set aside as"));
		}
		assert_true(failures <= 1);
	}
	assert_int_equal(failures, 1);
	assert_in_range(n, 2990, 2999);
	assert_int_equal(store_commit(s, NULL), 0); /* nothing was pending */
	fill(s, 1);
	assert_null(store_trouble(s));
	store_close(s);
}

/* The end of the log is torn, as a power cut leaves it: what was synced before is there. */
static void test_torn_log(void **state)
{
	struct place *place = *state, torn = *place;
	char log[128], torn_log[128];
	enum { N = 12 }; /* so few that the log still has all of them */
	struct store *s = must_open(place, NULL, 0);
	fill(s, N);
	snprintf(log, sizeof log, "%s-wal", place->path);
	snprintf(torn.path, sizeof torn.path, "%s/torn.db", place->folder);
	snprintf(torn_log, sizeof torn_log, "%s-wal", torn.path);
	/* Copies of the files of a running store are what a power cut leaves. */
	off_t whole = size_of(log);
	int64_t before = N, fewest = N;
	for (off_t cut = 0; cut < whole; cut += 3001) {
		copy_file(place->path, torn.path, size_of(place->path));
		copy_file(log, torn_log, whole - cut);
		if (cut % 2) /* the rest is there, but not what was written */
			overwrite(torn_log, whole - cut, 500);
		struct store *t = must_open(&torn, NULL, 0);
		int64_t last = expect_all(t, 1, 0);
		assert_true(last <= before && (cut || last == N));
		before = fewest = last;
		fill(t, 1);
		expect_all(t, 1, last + 1);
		store_close(t);
		wipe(&torn);
	}
	assert_true(fewest < 5);
	store_close(s);
}

/* A power cut that takes everything which was not synced: after each acknowledgement, all that was
 * acknowledged is there. */
static void test_power_cut(void **state)
{
	struct place *place = *state, after = *place;
	char folder[96], name[128];
	struct err e;
	int64_t sequence, delivered = 0;
	snprintf(folder, sizeof folder, "%s/durable", place->folder);
	snprintf(after.path, sizeof after.path, "%s/store.db", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	faults.durable = folder;
	struct store *s = must_open(place, NULL, 0);
	for (int turn = 1; turn <= 700; turn++) {
		assert_int_equal(add(s, &sequence, &e), 0);
		assert_int_equal(add(s, &sequence, &e), 0);
		assert_int_equal(store_commit(s, &e), 0);
		if (turn % 3 && store_post_done(s, 1, delivered + 1, &e) == 0)
			delivered++;
		if (turn % 10 && turn > 20)
			continue;
		/* The copies are opened away from the layer's eyes, and put back as they were. */
		char kept[128], kept_log[128];
		snprintf(kept, sizeof kept, "%s/kept.db", folder);
		snprintf(kept_log, sizeof kept_log, "%s-wal", kept);
		snprintf(name, sizeof name, "%s-wal", after.path);
		struct place cut = after;
		snprintf(cut.path, sizeof cut.path, "%s", kept);
		copy_file(after.path, kept, size_of(after.path));
		copy_file(name, kept_log, size_of(name));
		struct faults saved = faults;
		faults.durable = NULL;
		struct store *t = must_open(&cut, NULL, 0);
		struct store_post p;
		assert_int_equal(store_post_next(t, 1, 0, &p, &e), 0);
		free(p.body);
		/* Deliveries go with the transactions that are made anyway: only the last few are not
		 * known. */
		assert_in_range(p.sequence, delivered > 40 ? delivered - 40 : 1, delivered + 1);
		assert_int_equal(expect_all(t, p.sequence, sequence), sequence);
		store_close(t);
		faults = saved;
		wipe(&cut);
	}
	faults.durable = NULL;
	store_close(s);
	wipe(&after);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_space),
		TEST(test_io_error),
		TEST(test_read_only_while_running),
		TEST(test_errors_say_what_it_is),
		TEST(test_delivers_while_full),
		TEST(test_start_read_only),
		TEST(test_start_without_access),
		TEST(test_marks_that_cannot_be_kept),
		TEST(test_damaged_head),
		TEST(test_damaged_page_at_start),
		TEST(test_damaged_page_while_running),
		TEST(test_torn_log),
		TEST(test_power_cut),
		TEST(test_no_space_to_shrink),
	};
	return cmocka_run_group_tests(tests, install, NULL);
}
