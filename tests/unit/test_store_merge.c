/* SPDX-License-Identifier: MIT */
/* Posts that stand for others, and publications that are sent again: what the store keeps of both. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
	char folder[64], path[96];
	struct store *store;
};

static void reopen(struct bench *b)
{
	struct err e;
	struct store_options o = { .path = b->path };
	store_close(b->store);
	if (store_open(&o, &b->store, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	snprintf(b->folder, sizeof b->folder, "/tmp/test-merge-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof b->path, "%s/store.db", b->folder);
	reopen(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-marks" };
	struct bench *b = *state;
	char name[128];
	store_close(b->store);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", b->path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(b->folder), 0);
	free(b);
	return 0;
}

static int64_t add(struct bench *b, const char *body)
{
	struct err e;
	int64_t sequence;
	if (store_post_add(b->store, 1, 0, 100, body, strlen(body), &sequence, &e) < 0)
		fail_msg("%s", e.text);
	return sequence;
}

static int64_t merge(struct bench *b, int64_t with, const char *body)
{
	struct err e;
	char text[32];
	int64_t sequence;
	snprintf(text, sizeof text, "%s", body);
	struct store_post p = {
		.slot = 1, .sequence = with, .created_at = 200, .body = text, .len = strlen(text)
	};
	if (store_post_merge(b->store, &p, &sequence, &e) < 0)
		fail_msg("%s", e.text);
	return sequence;
}

static void commit(struct bench *b)
{
	struct err e;
	if (store_commit(b->store, &e) < 0)
		fail_msg("%s", e.text);
}

static struct store_slot slot(const struct bench *b)
{
	struct store_slot s;
	store_slot_get(b->store, 1, &s);
	return s;
}

/* "sequence:body" of all that waits; "sequence:body(from+merged)" where it stands for others. */
static const char *waiting(struct bench *b)
{
	static char text[400];
	struct store_post p;
	struct err e;
	size_t n = 0;
	text[0] = '\0';
	for (int64_t at = 0; store_post_next(b->store, 1, at, &p, &e) == 0; at = p.sequence) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%lld:%s", n ? " " : "",
				      (long long)p.sequence, p.body);
		if (p.merged)
			n += (size_t)snprintf(text + n, sizeof text - n, "(%lld+%llu)",
					      (long long)p.merged_from, (unsigned long long)p.merged);
		free(p.body);
	}
	return text;
}

static void the_merged_moves_behind_all_others(void **state)
{
	struct bench *b = *state;
	int64_t status = add(b, "s1");
	add(b, "event");
	commit(b);
	status = merge(b, status, "s2");
	assert_int_equal(status, 3);
	assert_string_equal(waiting(b), "2:event"); /* what is not committed is not handed out */
	commit(b);
	assert_string_equal(waiting(b), "2:event 3:s2(1+1)");
	status = merge(b, status, "s3 longer");
	status = merge(b, status, "s4"); /* twice in a transaction */
	commit(b);
	add(b, "event");
	commit(b);
	assert_string_equal(waiting(b), "2:event 5:s4(1+3) 6:event");
	assert_int_equal(slot(b).queued, 3);
	assert_int_equal(slot(b).queued_bytes, 5 + 2 + 5);
	assert_int_equal(slot(b).coalesced, 3);
	assert_int_equal(slot(b).dropped, 0);
	assert_int_equal(slot(b).gap_first, 0);
	reopen(b);
	assert_string_equal(waiting(b), "2:event 5:s4(1+3) 6:event");
	assert_int_equal(slot(b).coalesced, 3);
	assert_int_equal(slot(b).queued_bytes, 5 + 2 + 5);
}

static void a_rollback_brings_the_old_one_back(void **state)
{
	struct bench *b = *state;
	int64_t status = add(b, "s1");
	commit(b);
	merge(b, status, "s2");
	store_rollback(b->store);
	assert_string_equal(waiting(b), "1:s1");
	assert_int_equal(slot(b).coalesced, 0);
	assert_int_equal(merge(b, status, "s3"), 2);
	commit(b);
	assert_string_equal(waiting(b), "2:s3(1+1)");
}

static void what_waits_no_more_is_not_merged(void **state)
{
	struct bench *b = *state;
	struct err e;
	char text[] = "new";
	int64_t sequence;
	struct store_post p = { .slot = 1, .body = text, .len = 3 };
	for (p.sequence = 1; p.sequence <= 3; p.sequence++)
		add(b, "s");
	commit(b);
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 2, 400, "no", &e), 0);
	assert_int_equal(store_post_purge(b->store, 1, 3, &e), 0);
	for (p.sequence = 0; p.sequence <= 4; p.sequence++) {
		assert_int_equal(store_post_merge(b->store, &p, &sequence, &e), -1);
		assert_int_equal(e.kind, ERR_NOTFOUND);
	}
	commit(b); /* none of that broke the transaction */
	p.len = STORE_BODY_MAX + 1;
	assert_int_equal(store_post_merge(b->store, &p, &sequence, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	commit(b);
	assert_string_equal(waiting(b), "");
}

/* What a dropped post stood for is part of the gap, wherever that began. */
static void a_gap_counts_what_was_merged(void **state)
{
	struct bench *b = *state;
	struct store_options bounds = { .max_count = 1 };
	struct err e;
	int64_t status = add(b, "s1");
	add(b, "event");
	status = merge(b, status, "s2");
	status = merge(b, status, "s3");
	commit(b);
	assert_string_equal(waiting(b), "2:event 4:s3(1+2)");
	store_limits(b->store, &bounds);
	add(b, "event");
	commit(b);
	assert_string_equal(waiting(b), "5:event");
	assert_int_equal(slot(b).dropped, 2);
	assert_int_equal(slot(b).gap_first, 1);
	assert_int_equal(slot(b).gap_last, 4);
	assert_int_equal(slot(b).gap_count, 4);
	store_gap_report_begun(b->store, 1);
	assert_int_equal(store_gap_report_done(b->store, 1, 4, &e), 0);
	/* By hand: one, and all. */
	store_limits(b->store, &(struct store_options){ 0 });
	status = merge(b, add(b, "s"), "t");
	commit(b);
	assert_int_equal(store_post_purge(b->store, 1, status, &e), 0);
	assert_int_equal(slot(b).gap_first, 6);
	assert_int_equal(slot(b).gap_count, 2);
	commit(b);
	store_gap_report_begun(b->store, 1);
	assert_int_equal(store_gap_report_done(b->store, 1, 7, &e), 0);
	status = add(b, "s");
	add(b, "event");
	merge(b, status, "t");
	commit(b);
	assert_int_equal(store_post_purge(b->store, 1, 0, &e), 0);
	commit(b);
	assert_int_equal(slot(b).gap_first, 5);
	assert_int_equal(slot(b).gap_last, 10);
	assert_int_equal(slot(b).gap_count, 4); /* 5, 8, 9 and 10; 6 and 7 were told before */
	assert_int_equal(slot(b).queued_bytes, 0);
}

static void a_dead_letter_keeps_what_it_stands_for(void **state)
{
	struct bench *b = *state;
	struct store_dead d;
	struct err e;
	int64_t status = merge(b, add(b, "s1"), "s2");
	add(b, "event");
	commit(b);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, status, 422, "never", &e), 0);
	commit(b);
	reopen(b);
	assert_int_equal(store_dead_next(b->store, 1, 0, &d, &e), 0);
	assert_int_equal(d.status, 422);
	assert_string_equal(d.reason, "never");
	assert_int_equal(d.post.merged_from, 1);
	assert_int_equal(d.post.merged, 1);
	free(d.post.body);
	assert_int_equal(store_dead_replay(b->store, 1, status, &(int64_t){ 0 }, &e), 0);
	commit(b);
	assert_string_equal(waiting(b), "2:s2(1+1) 3:event");
}

static void age_is_that_of_the_last_change(void **state)
{
	struct bench *b = *state;
	int64_t status = add(b, "s1");
	commit(b);
	assert_int_equal(slot(b).oldest_created_at, 100);
	merge(b, status, "s2");
	commit(b);
	assert_int_equal(slot(b).oldest_created_at, 200);
}

static void a_registration_keeps_its_choice(void **state)
{
	struct bench *b = *state;
	struct store_registration r = { .slot = 1, .url = "https://a.example/", .coalesce = 1 };
	struct err e;
	assert_int_equal(store_register(b->store, &r, &e), 0);
	reopen(b);
	assert_int_equal(store_registration_get(b->store, 1, &r), 0);
	assert_int_equal(r.coalesce, 1);
	r.coalesce = 0;
	assert_int_equal(store_register(b->store, &r, &e), 0);
	reopen(b);
	assert_int_equal(store_registration_get(b->store, 1, &r), 0);
	assert_int_equal(r.coalesce, 0);
}

/* --- publishers --- */

static struct store_publication by(uint64_t publisher, int64_t number)
{
	return (struct store_publication){ { publisher, ~publisher }, number };
}

static int was_taken(const struct bench *b, uint64_t publisher, int64_t number)
{
	struct store_publication p = by(publisher, number);
	return store_publication_was_accepted(b->store, &p);
}

/* With a post, as an event makes one. */
static void take(struct bench *b, uint64_t publisher, int64_t number)
{
	struct store_publication p = by(publisher, number);
	add(b, "event");
	store_publication_accepted(b->store, &p);
}

static void a_publication_is_known_when_it_comes_again(void **state)
{
	struct bench *b = *state;
	assert_false(was_taken(b, 7, 1));
	for (int i = 1; i <= 3; i++)
		take(b, 7, i);
	take(b, 8, 1);
	assert_true(was_taken(b, 7, 3)); /* not committed, and not twice in it all the same */
	commit(b);
	take(b, 7, 4);
	commit(b);
	take(b, 7, 5);
	store_rollback(b->store);
	reopen(b);
	for (int i = 1; i <= 6; i++)
		assert_int_equal(was_taken(b, 7, i), i <= 4);
	assert_true(was_taken(b, 8, 1));
	assert_false(was_taken(b, 8, 2));
	assert_false(was_taken(b, 9, 1));
	struct store_publication half = { { 7, 8 }, 1 };
	assert_false(store_publication_was_accepted(b->store, &half));
}

/* What failed between others is no part of a run; what came before it is still known. */
static void a_hole_begins_a_new_run(void **state)
{
	struct bench *b = *state;
	take(b, 7, 1);
	take(b, 7, 2);
	commit(b);
	take(b, 7, 3);
	store_rollback(b->store);
	take(b, 7, 4);
	take(b, 7, 5);
	commit(b);
	reopen(b);
	assert_true(was_taken(b, 7, 1));
	assert_true(was_taken(b, 7, 2));
	assert_false(was_taken(b, 7, 3));
	assert_true(was_taken(b, 7, 4));
	assert_true(was_taken(b, 7, 5));
	take(b, 7, 3); /* sent again; those behind it come next */
	commit(b);
	assert_true(was_taken(b, 7, 4));
	assert_true(was_taken(b, 7, 5));
}

static void a_number_alone_makes_no_transaction(void **state)
{
	struct bench *b = *state;
	struct store_publication p = by(7, 1);
	char log[128];
	commit(b);
	snprintf(log, sizeof log, "%s-wal", b->path);
	long before = 0, after = 0;
	FILE *f = fopen(log, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	before = ftell(f);
	store_publication_accepted(b->store, &p);
	commit(b);
	fseek(f, 0, SEEK_END);
	after = ftell(f);
	fclose(f);
	assert_int_equal(before, after);
	assert_true(was_taken(b, 7, 1));
	add(b, "event");
	commit(b);
	reopen(b);
	assert_true(was_taken(b, 7, 1));
}

static void who_was_silent_longest_makes_room(void **state)
{
	struct bench *b = *state;
	for (uint64_t i = 1; i <= STORE_PUBLISHERS; i++)
		take(b, i, 1);
	take(b, 1, 2);
	commit(b);
	reopen(b);
	take(b, 1000, 1);
	assert_true(was_taken(b, 1, 2));
	assert_false(was_taken(b, 2, 1));
	assert_true(was_taken(b, 3, 1));
	assert_true(was_taken(b, 1000, 1));
	store_rollback(b->store);
	assert_true(was_taken(b, 2, 1));
	assert_false(was_taken(b, 1000, 1));
	take(b, 1000, 1);
	commit(b);
	reopen(b);
	assert_false(was_taken(b, 2, 1));
	assert_true(was_taken(b, 1000, 1));
	/* The greatest number there is. */
	take(b, 1000, INT64_MAX);
	assert_true(was_taken(b, 1000, INT64_MAX));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_merged_moves_behind_all_others),
		TEST(a_rollback_brings_the_old_one_back),
		TEST(what_waits_no_more_is_not_merged),
		TEST(a_gap_counts_what_was_merged),
		TEST(a_dead_letter_keeps_what_it_stands_for),
		TEST(age_is_that_of_the_last_change),
		TEST(a_registration_keeps_its_choice),
		TEST(a_publication_is_known_when_it_comes_again),
		TEST(a_hole_begins_a_new_run),
		TEST(a_number_alone_makes_no_transaction),
		TEST(who_was_silent_longest_makes_room),
	};
	return cmocka_run_group_tests_name("store merge", tests, NULL, NULL);
}
