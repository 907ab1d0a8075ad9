/* SPDX-License-Identifier: MIT */
/* A store that could not be written when it was opened is tried again: what it served meanwhile and what it
 * then holds go together. */
#include "faults.h"

static void fill(struct store *s, int n)
{
	struct err e;
	int64_t sequence;
	for (int i = 0; i < n; i++)
		assert_int_equal(store_post_add(s, 1, 0, 0, "x", 1, &sequence, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static void expect_waiting(struct store *s, int64_t first, int64_t last)
{
	struct err e;
	struct store_post p;
	struct store_slot slot;
	int64_t at = 0;
	for (int64_t i = first; i <= last; i++) {
		assert_int_equal(store_post_next(s, 1, at, &p, &e), 0);
		assert_int_equal(p.sequence, i);
		at = p.sequence;
		free(p.body);
	}
	assert_int_equal(store_post_next(s, 1, at, &p, &e), 1);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, last - first + 1);
	assert_int_equal(slot.delivered, first - 1);
}

static void expect_refused(struct store *s)
{
	struct err e;
	int64_t sequence;
	assert_int_equal(store_post_add(s, 1, 0, 0, "x", 1, &sequence, &e), -1);
	assert_string_equal(e.text, store_trouble(s));
	assert_int_equal(store_commit(s, &e), 0);
}

/* Where marks lie on a disk that is read-only, too, deliveries are known in memory only: they must outlive
 * the tries. */
static void test_deliveries_outlive_the_tries(void **state)
{
	struct place *place = *state;
	char notice[2000], marks[160];
	struct err e;
	snprintf(marks, sizeof marks, "%s-marks", place->path);
	for (int in_memory = 0; in_memory < 2; in_memory++) {
		struct store *s = must_open(place, NULL, 0);
		fill(s, 10);
		assert_int_equal(store_retry(s), 0); /* all is well: nothing to do */
		store_close(s);
		if (in_memory) {
			unlink(marks);
			assert_int_equal(mkdir(marks, 0700), 0);
		}
		arm(1, 1000, SQLITE_READONLY);
		s = must_open(place, notice, sizeof notice);
		assert_non_null(strstr(notice, "nothing new can be stored"));
		for (int64_t i = 1; i <= 4; i++) {
			assert_int_equal(store_post_done(s, 1, i, &e), 0);
			expect_waiting(s, i + 1, 10);
			assert_int_equal(store_retry(s), -1);
			expect_waiting(s, i + 1, 10);
			expect_refused(s);
			assert_false(store_is_unreadable(s));
		}
		disarm();
		assert_int_equal(store_retry(s), 1);
		if (!in_memory)
			assert_null(store_trouble(s));
		expect_waiting(s, 5, 10);
		fill(s, 1);
		assert_int_equal(store_retry(s), 0);
		store_close(s);
		rmdir(marks);
		s = must_open(place, NULL, 0);
		expect_waiting(s, 5, 11);
		store_close(s);
		wipe(place);
	}
}

/* Nothing could be read either: nothing was known, and then all of it is. */
static void test_what_was_not_known_is_known_then(void **state)
{
	struct place *place = *state;
	char notice[2000];
	struct err e;
	static struct store_registration r = { .slot = 2, .url = "https://a.example/" };
	struct store *s = must_open(place, NULL, 0);
	assert_int_equal(store_register(s, &r, &e), 0);
	assert_int_equal(store_set(s, "trusted_date", 77, &e), 0);
	fill(s, 3);
	store_close(s);
	arm(1, 1000, SQLITE_CANTOPEN);
	s = must_open(place, notice, sizeof notice);
	assert_true(store_is_unreadable(s));
	assert_int_equal(store_get(s, "trusted_date", 0), 0);
	assert_int_equal(store_registration_get(s, 2, &r), -1);
	assert_int_equal(store_retry(s), -1);
	assert_true(store_is_unreadable(s));
	expect_refused(s);
	disarm();
	assert_int_equal(store_retry(s), 1);
	assert_false(store_is_unreadable(s));
	assert_int_equal(store_get(s, "trusted_date", 0), 77);
	assert_int_equal(store_registration_get(s, 2, &r), 0);
	expect_waiting(s, 1, 3);
	fill(s, 1);
	expect_waiting(s, 1, 4);
	store_close(s);
}

/* What has come to lie there meanwhile is checked as at a start, and the store stays as it is. */
static void test_another_file_meanwhile(void **state)
{
	struct place *place = *state;
	char notice[2000];
	arm(1, 1000, SQLITE_CANTOPEN);
	struct store *s = must_open(place, notice, sizeof notice);
	disarm();
	unlink(place->path);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_int_equal(store_retry(s), -1);
	assert_non_null(strstr(store_trouble(s), "expected a regular file, and this is a FIFO"));
	expect_refused(s);
	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(store_retry(s), 1);
	fill(s, 2);
	expect_waiting(s, 1, 2);
	store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_deliveries_outlive_the_tries),
		TEST(test_what_was_not_known_is_known_then),
		TEST(test_another_file_meanwhile),
	};
	return cmocka_run_group_tests(tests, install, NULL);
}
