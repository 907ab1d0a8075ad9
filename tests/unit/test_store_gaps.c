/* SPDX-License-Identifier: MIT */
/* What was acknowledged and goes undelivered for good is counted in a gap, whatever took it: a damaged page,
 * giving up the slot, a person who purges, too many dead letters. */
#include "faults.h"

enum { PAGE = 4096 };

/* Posts of 400 bytes that begin with their number, each in a row of its own. */
static void fill(struct store *s, int slot, int n)
{
	struct err e;
	int64_t sequence;
	char body[400];
	memset(body, 'x', sizeof body);
	for (int i = 0; i < n; i++) {
		assert_int_equal(store_post_add(s, slot, 0, 0, body, sizeof body, &sequence, &e), 0);
		assert_true(sequence > 0);
	}
	assert_int_equal(store_commit(s, &e), 0);
}

static struct store_slot slot_of(struct store *s, int slot)
{
	struct store_slot ret;
	store_slot_get(s, slot, &ret);
	return ret;
}

static void expect_gap(struct store *s, int slot, int64_t first, int64_t last, uint64_t count)
{
	struct store_slot at = slot_of(s, slot);
	if (at.gap_first != first || at.gap_last != last || at.gap_count != count)
		fail_msg("expected %d from %d to %d: %d from %d to %d", (int)count, (int)first, (int)last,
			 (int)at.gap_count, (int)at.gap_first, (int)at.gap_last);
}

static void told(struct store *s, int slot)
{
	struct err e;
	store_gap_report_begun(s, slot);
	assert_int_equal(store_gap_report_done(s, slot, slot_of(s, slot).gap_last, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

/* Stands for the hash of a URL: the tests' URLs differ in the letter behind the slashes. */
static int64_t server_of(const char *url)
{
	return url[sizeof "https://" - 1];
}

static void with(struct store *s, int slot, const char *url)
{
	static struct store_registration r;
	struct err e;
	r = (struct store_registration){ .slot = slot, .server = server_of(url) };
	snprintf(r.url, sizeof r.url, "%s", url);
	assert_int_equal(store_register(s, &r, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static void without(struct store *s, int slot)
{
	static struct store_registration r;
	struct err e;
	store_registration_get(s, slot, &r);
	assert_int_equal(store_deregister(s, slot, server_of(r.url), &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static void bury(struct store *s, int slot, int64_t sequence)
{
	struct err e;
	assert_int_equal(store_post_to_dead_letters(s, slot, sequence, 400, "no", &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

static struct store *again(const struct place *place, struct store *s)
{
	store_close(s);
	return must_open(place, NULL, 0);
}

/* --- given up --- */

static void test_the_same_server_comes_back(void **state)
{
	struct place *place = *state;
	struct err e;
	struct store_dead d;
	struct store *s = must_open(place, NULL, 0);
	with(s, 1, "https://a.example/");
	fill(s, 1, 5);
	assert_int_equal(store_post_done(s, 1, 1, &e), 0);
	bury(s, 1, 3);
	without(s, 1);
	s = again(place, s);
	expect_gap(s, 1, 2, 5, 4);
	assert_int_equal(slot_of(s, 1).dropped, 4);
	with(s, 1, "https://a.example/");
	expect_gap(s, 1, 2, 5, 4);
	told(s, 1);
	expect_gap(s, 1, 0, 0, 0);
	/* Nothing was queued, only dead letters: they go, too. */
	fill(s, 1, 1);
	bury(s, 1, 6);
	without(s, 1);
	assert_int_equal(store_dead_next(s, 1, 0, &d, &e), 1);
	with(s, 1, "https://a.example/");
	expect_gap(s, 1, 6, 6, 1);
	/* Registered anew over itself, or over another: nothing was dropped, and what was is not
	 * forgotten. */
	with(s, 1, "https://a.example/");
	with(s, 1, "https://b.example/");
	expect_gap(s, 1, 6, 6, 1);
	store_close(s);
}

static void test_another_server_comes(void **state)
{
	struct place *place = *state;
	struct store *s = must_open(place, NULL, 0);
	with(s, 1, "https://a.example/");
	fill(s, 1, 2);
	without(s, 1);
	s = again(place, s);
	with(s, 1, "https://b.example/");
	expect_gap(s, 1, 0, 0, 0); /* it never was to have them */
	without(s, 1);
	with(s, 1, "https://a.example/");
	expect_gap(s, 1, 0, 0, 0); /* nor does the first hear of what the second lost */
	without(s, 1);
	with(s, 1, "https://a.example/");
	fill(s, 1, 1);
	without(s, 1);
	with(s, 1, "https://a.example/");
	expect_gap(s, 1, 3, 3, 1);
	expect_gap(s, 2, 0, 0, 0);
	store_close(s);
}

static void test_what_is_not_committed_is_not_given_up(void **state)
{
	struct place *place = *state;
	struct err e;
	static struct store_registration r;
	struct store *s = must_open(place, NULL, 0);
	with(s, 1, "https://a.example/");
	fill(s, 1, 2);
	assert_int_equal(store_deregister(s, 1, server_of("https://a"), &e), 0);
	store_rollback(s);
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	assert_int_equal(slot_of(s, 1).queued, 2);
	expect_gap(s, 1, 0, 0, 0);
	store_close(s);
}

/* --- purged --- */

static void test_purged_dead_letters(void **state)
{
	struct place *place = *state;
	struct err e;
	struct store *s = must_open(place, NULL, 0);
	fill(s, 2, 6);
	for (int i = 2; i <= 5; i++)
		bury(s, 2, i);
	expect_gap(s, 2, 0, 0, 0); /* they are kept: nothing is lost */
	assert_int_equal(store_dead_purge(s, 2, 4, &e), 0);
	assert_int_equal(store_dead_purge(s, 2, 4, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(store_commit(s, &e), 0);
	expect_gap(s, 2, 4, 4, 1);
	/* One of old times is purged while the server is told of this one: that is left to tell. */
	store_gap_report_begun(s, 2);
	char id[STORE_ID];
	snprintf(id, sizeof id, "%s", slot_of(s, 2).gap_id);
	assert_int_equal(store_dead_purge(s, 2, 2, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	assert_string_not_equal(slot_of(s, 2).gap_id,
				id); /* if the first one failed, the next try says something else */
	assert_int_equal(store_gap_report_done(s, 2, 4, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	s = again(place, s);
	expect_gap(s, 2, 2, 4, 1);
	told(s, 2);
	assert_int_equal(store_dead_purge(s, 2, 0, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	expect_gap(s, 2, 3, 5, 2);
	assert_int_equal(store_dead_purge(s, 2, 0, &e), -1);
	assert_int_equal(slot_of(s, 2).queued, 2);
	assert_int_equal(slot_of(s, 2).queued_bytes, 800);
	assert_int_equal(slot_of(s, 2).dropped, 4);
	/* What was told before is not told again, nor is what nobody is told of. */
	assert_int_equal(store_gap_report_done(s, 2, 4, &e), 0);
	expect_gap(s, 2, 3, 5, 2);
	store_close(s);
}

/* A merged post counts as all that it stood for, whatever takes it. */
static void test_merged_dead_letters(void **state)
{
	struct place *place = *state;
	struct err e;
	int64_t sequence;
	struct store *s = must_open(place, NULL, 0);
	fill(s, 1, 2);
	char body[] = "merged";
	struct store_post p = { .slot = 1, .sequence = 2, .body = body, .len = 6 };
	assert_int_equal(store_post_merge(s, &p, &sequence, &e), 0);
	p.sequence = sequence;
	assert_int_equal(store_post_merge(s, &p, &sequence, &e), 0);
	assert_int_equal(sequence, 4);
	bury(s, 1, 4);
	assert_int_equal(store_dead_purge(s, 1, 0, &e), 0);
	expect_gap(s, 1, 2, 4, 3);
	assert_int_equal(slot_of(s, 1).dropped, 1);
	store_close(s);
}

/* What is dropped while it is under way was not delivered, whatever its answer says then: it is told as a
 * gap, and counted once. */
static void test_dropped_while_under_way(void **state)
{
	struct place *place = *state;
	struct err e;
	struct store_post p;
	for (int how = 0; how < 3; how++) {
		struct store *s = must_open(place, NULL, 0);
		fill(s, 1, 4);
		for (int64_t at = 0; at < 2; at++) {
			assert_int_equal(store_post_next(s, 1, at, &p, &e), 0);
			free(p.body);
		}
		if (how == 0) {
			assert_int_equal(store_post_purge(s, 1, 1, &e), 0);
		} else if (how == 1) {
			bury(s, 1, 1);
		} else {
			store_limits(s, &(struct store_options){ .max_count = 3 });
		}
		assert_int_equal(store_commit(s, &e), 0);
		assert_int_equal(store_post_done(s, 1, 1, &e), 0);
		assert_int_equal(slot_of(s, 1).delivered, 0);
		assert_int_equal(slot_of(s, 1).queued, 3);
		assert_int_equal(slot_of(s, 1).queued_bytes, 1200);
		assert_int_equal(store_post_to_dead_letters(s, 1, 1, 400, "no", &e), -1);
		assert_int_equal(e.kind, ERR_NOTFOUND);
		assert_int_equal(store_post_done(s, 1, 2, &e), 0);
		assert_int_equal(slot_of(s, 1).delivered, 1);
		expect_gap(s, 1, how != 1, how != 1, how != 1);
		store_close(s);
		wipe(place);
	}
}

/* --- replayed --- */

/* A dead letter that is older than what was delivered since comes next, though those behind it are gone from
 * the file. */
static void test_a_replayed_one_comes_next(void **state)
{
	struct place *place = *state;
	struct err e;
	struct store_post p;
	struct store *s = must_open(place, NULL, 0);
	fill(s, 1, 10);
	bury(s, 1, 2);
	for (int round = 0; round < 2; round++) {
		for (int64_t i = 1; i <= 5 + round; i++)
			assert_int_equal(store_post_done(s, 1, i, &e), 0);
		assert_int_equal(store_post_next(s, 1, 0, &p, &e), 0); /* the head moves to what waits */
		assert_int_equal(p.sequence, 6 + round);
		free(p.body);
		assert_int_equal(store_dead_replay(s, 1, 2, &(int64_t){ 0 }, &e), 0);
		assert_int_equal(store_commit(s, &e), 0);
		assert_int_equal(store_post_next(s, 1, 0, &p, &e), 0);
		assert_int_equal(p.sequence, 2);
		free(p.body);
		assert_int_equal(store_post_next(s, 1, 2, &p, &e), 0);
		assert_int_equal(p.sequence, 6 + round);
		free(p.body);
		bury(s, 1, 2);
	}
	store_close(s);
}

/* --- damaged --- */

static void destroy(const char *path, off_t page)
{
	char junk[PAGE];
	memset(junk, 0xa5, sizeof junk);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, PAGE, page * PAGE), PAGE);
	close(fd);
}

/* Which of the first n posts of a slot wait. */
static int waiting(struct store *s, int slot, unsigned char *there, int n)
{
	struct err e;
	struct store_post p;
	int found = 0;
	memset(there, 0, (size_t)n + 1);
	for (int64_t at = 0; store_post_next(s, slot, at, &p, &e) == 0; at = p.sequence, found++) {
		assert_in_range(p.sequence, 1, n);
		there[p.sequence] = 1;
		free(p.body);
	}
	return found;
}

/* Each page in turn is destroyed: whatever does not wait any more is counted, and lies in the range that is
 * told. */
static void test_each_page_in_turn(void **state)
{
	struct place *place = *state;
	enum { N = 200, OTHERS = 30 };
	unsigned char there[N + 1];
	char notice[2000], copy[128];
	struct err e;
	int losses = 0, new_ids = 0, kept_ids = 0;
	struct store *s = must_open(place, NULL, 0);
	with(s, 1, "https://a.example/");
	fill(s, 1, N);
	fill(s, 2, OTHERS);
	struct store_post p;
	assert_int_equal(store_post_next(s, 2, 0, &p, &e), 0);
	free(p.body);
	store_close(s);
	snprintf(copy, sizeof copy, "%s/copy", place->folder);
	off_t pages = size_of(place->path) / PAGE;
	copy_file(place->path, copy, size_of(place->path));
	for (off_t page = 1; page < pages; page++) {
		wipe(place);
		copy_file(copy, place->path, size_of(copy));
		destroy(place->path, page);
		s = must_open(place, notice, sizeof notice);
		int lost[3] = { 0, N - waiting(s, 1, there, N), OTHERS - waiting(s, 2, there, OTHERS) };
		/* The id is kept only where all counters could be read, so that no post is taken for an
		 * earlier one. */
		struct store_post now;
		int kept = 1;
		if (store_post_next(s, 2, 0, &now, &e) == 0) {
			kept = strncmp(now.id, p.id, 20) == 0;
			free(now.body);
		}
		kept_ids += kept;
		new_ids += !kept;
		for (int slot = 1; slot <= 2; slot++) {
			struct store_slot at = slot_of(s, slot);
			int n = slot == 1 ? N : OTHERS;
			waiting(s, slot, there, n);
			/* Without its row it is not known how many there were, but that some were. */
			if (kept ? at.gap_count != (uint64_t)lost[slot] : !at.gap_count != !lost[slot])
				fail_msg("page %d: slot %d lost %d, told %d", (int)page, slot, lost[slot],
					 (int)at.gap_count);
			for (int i = 1; i <= n && lost[slot]; i++)
				assert_true(there[i] || (i >= at.gap_first && i <= at.gap_last));
			assert_int_equal(at.dropped, at.gap_count);
			if (kept)
				assert_int_equal(at.next_sequence, n + 1);
			losses += lost[slot] > 0;
		}
		if (lost[1] + lost[2])
			assert_non_null(strstr(notice, "are lost, their servers are told of a gap"));
		store_close(s);
	}
	print_message("%d pages, %d losses, %d kept the id, %d did not\n", (int)pages, losses, kept_ids,
		      new_ids);
	assert_true(losses > 5 && kept_ids > 5);
	assert_int_equal(new_ids, 2); /* the table with the id, and the one with the counters */
	unlink(copy);
}

/* What was delivered, and not deleted yet, is no loss. Found while it runs, this is known exactly. */
static void test_delivered_posts_are_no_loss(void **state)
{
	struct place *place = *state;
	enum { N = 3000, DONE = 20 };
	static unsigned char there[N + 1];
	struct err e;
	struct store_post p;
	struct store *s = must_open(place, NULL, 0);
	fill(s, 1, N);
	s = again(place, s);
	for (int i = 1; i <= DONE; i++) /* half of them on a page that is destroyed then */
		assert_int_equal(store_post_done(s, 1, i % 2 ? i : N - DONE - 1 + i, &e), 0);
	off_t pages = size_of(place->path) / PAGE;
	for (off_t page = pages / 8; page < pages;
	     page++) /* all but some at the beginning, and what is in memory */
		destroy(place->path, page);
	int64_t at = 0;
	int failures = 0;
	for (int r = 0; r != 1; at = r == 0 ? p.sequence : at) {
		r = store_post_next(s, 1, at, &p, &e);
		failures += r < 0;
		assert_true(failures <= 1);
		if (r == 0)
			free(p.body);
	}
	assert_int_equal(failures, 1);
	int left = waiting(s, 1, there, N);
	assert_in_range(left, 1, N - DONE - 100);
	assert_int_equal(slot_of(s, 1).gap_count, N - DONE - left);
	store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_the_same_server_comes_back),
		TEST(test_another_server_comes),
		TEST(test_what_is_not_committed_is_not_given_up),
		TEST(test_purged_dead_letters),
		TEST(test_merged_dead_letters),
		TEST(test_dropped_while_under_way),
		TEST(test_a_replayed_one_comes_next),
		TEST(test_each_page_in_turn),
		TEST(test_delivered_posts_are_no_loss),
	};
	return cmocka_run_group_tests(tests, install, NULL);
}
