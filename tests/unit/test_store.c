/* SPDX-License-Identifier: MIT */
#include "store/store.h"
#include "../../src/store/tx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench {
	char folder[64], path[96];
	struct store *store;
};

static struct store *reopen(struct bench *b, const struct store_options *limits)
{
	struct err e = { .kind = ERR_NONE };
	struct buf notice;
	buf_init(&notice, 1000);
	struct store_options o = limits ? *limits : (struct store_options){ 0 };
	o.path = b->path;
	store_close(b->store);
	if (store_open(&o, &b->store, &notice, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&notice), "");
	buf_done(&notice);
	return b->store;
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	snprintf(b->folder, sizeof b->folder, "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof b->path, "%s/store.db", b->folder);
	reopen(b, NULL);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	char name[128];
	store_close(b->store);
	static const char *const ends[] = { "", "-wal", "-marks" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", b->path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(b->folder), 0);
	free(b);
	return 0;
}

static int64_t add_at(struct store *s, int slot, const char *body, int64_t created_at)
{
	struct err e;
	int64_t sequence = -1;
	if (store_post_add(s, slot, 0, created_at, body, strlen(body), &sequence, &e) < 0)
		fail_msg("%s", e.text);
	return sequence;
}

static int64_t add(struct store *s, int slot, const char *body)
{
	return add_at(s, slot, body, 0);
}

static void commit(struct store *s)
{
	struct err e;
	if (store_commit(s, &e) < 0)
		fail_msg("%s", e.text);
}

static void expect_next(struct store *s, int slot, int64_t after, int64_t sequence, const char *body)
{
	struct store_post p;
	struct err e;
	assert_int_equal(store_post_next(s, slot, after, &p, &e), 0);
	assert_int_equal(p.sequence, sequence);
	assert_int_equal(p.slot, slot);
	assert_string_equal(p.body, body);
	assert_int_equal(p.len, strlen(body));
	free(p.body);
}

static void expect_none(struct store *s, int slot, int64_t after)
{
	struct store_post p;
	struct err e;
	assert_int_equal(store_post_next(s, slot, after, &p, &e), 1);
	assert_null(p.body);
}

static void test_values(void **state)
{
	struct bench *b = *state;
	struct err e;
	assert_int_equal(store_get(b->store, "trusted_date", 42), 42);
	assert_int_equal(store_set(b->store, "trusted_date", 1700000000, &e), 0);
	assert_int_equal(store_get(b->store, "trusted_date", 42), 1700000000);
	store_rollback(b->store);
	assert_int_equal(store_get(b->store, "trusted_date", 42), 42);
	assert_int_equal(store_set(b->store, "trusted_date", -7, &e), 0);
	commit(b->store);
	reopen(b, NULL);
	assert_int_equal(store_get(b->store, "trusted_date", 42), -7);
	store_set(b->store, "mark a", 1, &e);
	store_set(b->store, "mark b", 5, &e);
	store_set(b->store, "marks", 1, &e);
	assert_int_equal(store_forget(b->store, "mark ", 5, &e), 0);
	assert_int_equal(store_get(b->store, "mark a", 42), 42);
	assert_int_equal(store_get(b->store, "mark b", 42), 5);
	assert_int_equal(store_get(b->store, "marks", 42), 1);
	assert_int_equal(store_get(b->store, "trusted_date", 42), -7);
}

static void test_registrations(void **state)
{
	struct bench *b = *state;
	struct err e;
	static struct store_registration r, got;
	memset(&r, 0, sizeof r);
	r.slot = 2, r.json = 1, r.n = STORE_EXPRESSIONS, r.registered_at = 17;
	snprintf(r.url, sizeof r.url, "https://host.example/path?a=\"b\"&c='d'");
	for (int i = 0; i < STORE_EXPRESSIONS; i++)
		snprintf(r.expressions[i], STORE_EXPRESSION, "/Status/Thing[%d]/%c", i, 'z' - i);
	assert_int_equal(store_registration_get(b->store, 2, &got), -1);
	assert_int_equal(store_register(b->store, &r, &e), 0);
	commit(b->store);
	reopen(b, NULL);
	assert_int_equal(store_registration_get(b->store, 2, &got), 0);
	assert_memory_equal(&r, &got, sizeof r);
	assert_int_equal(store_registration_get(b->store, 1, &got), -1);

	r.n = 1;
	snprintf(r.url, sizeof r.url, "https://other.example/");
	assert_int_equal(store_register(b->store, &r, &e), 0);
	commit(b->store);
	assert_int_equal(store_registration_get(b->store, 2, &got), 0);
	assert_string_equal(got.url, "https://other.example/");
	assert_int_equal(got.n, 1);

	r.slot = 5;
	assert_int_equal(store_register(b->store, &r, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(store_registration_get(b->store, 5, &got), -1);
}

static void test_deregister_takes_its_posts(void **state)
{
	struct bench *b = *state;
	struct err e;
	static struct store_registration r;
	struct store_slot slot;
	struct store_dead dead;
	memset(&r, 0, sizeof r);
	r.slot = 1;
	snprintf(r.url, sizeof r.url, "https://host.example/");
	assert_int_equal(store_deregister(b->store, 1, 1, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(store_register(b->store, &r, &e), 0);
	for (int i = 0; i < 5; i++)
		add(b->store, 1, "post");
	add(b->store, 2, "another's");
	commit(b->store);
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 2, 400, "bad", &e), 0);
	commit(b->store);
	assert_int_equal(store_deregister(b->store, 1, 1, &e), 0);
	commit(b->store);
	reopen(b, NULL);
	expect_none(b->store, 1, 0);
	expect_next(b->store, 2, 0, 1, "another's");
	assert_int_equal(store_dead_next(b->store, 1, 0, &dead, &e), 1);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 0);
	assert_int_equal(slot.queued_bytes, 0);
	assert_int_equal(slot.delivered, 1);
	assert_int_equal(slot.gap_count, 4);
	assert_int_equal(add(b->store, 1, "sequences go on"), 6);
}

static void test_order_and_visibility(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_slot slot;
	assert_int_equal(add(b->store, 1, "a"), 1);
	assert_int_equal(add(b->store, 1, "bb"), 2);
	assert_int_equal(add(b->store, 3, "other slot"), 1);
	expect_none(b->store, 1, 0); /* nothing goes out before it is durable */
	commit(b->store);
	assert_int_equal(add(b->store, 1, "ccc"), 3);
	expect_next(b->store, 1, 0, 1, "a");
	expect_next(b->store, 1, 1, 2, "bb");
	expect_none(b->store, 1, 2);
	commit(b->store);
	expect_next(b->store, 1, 2, 3, "ccc");
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	expect_next(b->store, 1, 0, 2, "bb");
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0); /* twice is no error, and counts once */
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 2);
	assert_int_equal(slot.queued_bytes, 5);
	assert_int_equal(slot.delivered, 1);
	assert_int_equal(slot.next_sequence, 4);
	/* Out of order, as a window does. */
	assert_int_equal(store_post_done(b->store, 1, 3, &e), 0);
	expect_next(b->store, 1, 0, 2, "bb");
	expect_none(b->store, 1, 2);
	assert_int_equal(store_post_done(b->store, 1, 2, &e), 0);
	expect_none(b->store, 1, 0);
	reopen(b, NULL);
	expect_none(b->store, 1, 0);
	assert_int_equal(add(b->store, 1, "d"), 4);
}

/* Deliveries far out of order leave many holes. */
static void test_many_holes(void **state)
{
	struct bench *b = *state;
	struct err e;
	enum { N = 1000 };
	for (int i = 1; i <= N; i++)
		add(b->store, 1, "x");
	commit(b->store);
	for (int64_t i = 2; i <= N; i += 2) {
		if (store_post_done(b->store, 1, i, &e) < 0)
			fail_msg("%lld: %s", (long long)i, e.text);
		expect_next(b->store, 1, 0, 1, "x");
		if (i < N)
			expect_next(b->store, 1, i - 1, i + 1, "x");
	}
	reopen(b, NULL);
	for (int64_t i = 1; i <= N; i += 2) {
		expect_next(b->store, 1, 0, i, "x");
		assert_int_equal(store_post_done(b->store, 1, i, &e), 0);
	}
	expect_none(b->store, 1, 0);
}

/* Meanwhile transactions begin with the deletion of what is marked: the holes stay, and there is room for
 * marks all the same. */
static void test_many_holes_between_transactions(void **state)
{
	struct bench *b = *state;
	struct err e;
	enum { N = 2000 };
	for (int i = 1; i <= N; i++)
		add(b->store, 1, "x");
	commit(b->store);
	for (int64_t i = 2; i <= N; i += 2) {
		if (i % 100 == 0)
			add(b->store, 1, "y");
		if (store_post_done(b->store, 1, i, &e) < 0)
			fail_msg("%lld: %s", (long long)i, e.text);
		if (i % 100 == 10)
			commit(b->store);
	}
	commit(b->store);
	for (int64_t i = 1; i <= N; i += 2)
		expect_next(b->store, 1, i - 1, i, "x");
	reopen(b, NULL);
	for (int64_t i = 1; i <= N; i += 2)
		expect_next(b->store, 1, i - 1, i, "x");
}

/* Runs that a transaction deletes make room for others, as far as nothing was added to them meanwhile. */
static void test_room_for_holes_within_a_transaction(void **state)
{
	struct bench *b = *state;
	struct err e;
	int64_t at = 0;
	for (int i = 1; i <= 1000; i++)
		add(b->store, 1, "x");
	commit(b->store);
	static const int runs[] = { 40, 20, 95 }; /* before a transaction, in it, and in the next */
	for (int i = 0; i < 3; i++) {
		for (int n = 0; n < runs[i]; n++)
			if (store_post_done(b->store, 1, at += 2, &e) < 0)
				fail_msg("%s", e.text);
		if (i == 1)
			commit(b->store);
		add(b->store, 1, "y");
	}
	commit(b->store);
	for (int64_t i = 1; i < at; i += 2)
		expect_next(b->store, 1, i - 1, i, "x");
	expect_next(b->store, 1, at, at + 1, "x");
}

static int pages_kept(struct store *s)
{
	int bytes, highest;
	assert_int_equal(sqlite3_db_status(s->db.sql, SQLITE_DBSTATUS_CACHE_USED, &bytes, &highest, 0),
			 SQLITE_OK);
	return bytes;
}

/* Pages in memory are bounded whatever is queued. */
static void test_pages_in_memory(void **state)
{
	struct bench *b = *state;
	char body[1001];
	memset(body, 'x', 1000);
	body[1000] = '\0';
	for (int i = 0; i < 3000; i++)
		add(b->store, 1, body);
	commit(b->store);
	assert_in_range(pages_kept(b->store), 700 << 10, 1200 << 10);
	for (int64_t at = 0; at < 3000; at++)
		expect_next(b->store, 1, at, at + 1, body);
	assert_in_range(pages_kept(b->store), 700 << 10, 1200 << 10);
}

static void expect_counts(struct store *s, uint64_t queued, uint64_t bytes, uint64_t delivered)
{
	struct store_slot slot;
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, queued);
	assert_int_equal(slot.queued_bytes, bytes);
	assert_int_equal(slot.delivered, delivered);
}

/* A transaction begins with the deletion of what was delivered before it. What is delivered while it is open
 * stays marked, however it ends. */
static void test_deliveries_during_a_transaction(void **state)
{
	struct bench *b = *state;
	struct err e;
	int64_t done = 0;
	for (int i = 1; i <= 200; i++)
		add(b->store, 1, "xx");
	commit(b->store);
	for (int round = 0; round < 3; round++) {
		int64_t queued = 200 + round - done;
		for (int64_t until = done + 40; done < until; queued--)
			assert_int_equal(store_post_done(b->store, 1, ++done, &e), 0);
		expect_counts(b->store, (uint64_t)queued, 2 * (uint64_t)queued, (uint64_t)done);
		add(b->store, 1, "yy");
		for (int64_t until = done + 5; done < until; queued--)
			assert_int_equal(store_post_done(b->store, 1, ++done, &e), 0);
		expect_counts(b->store, (uint64_t)queued + 1, 2 * (uint64_t)queued + 2, (uint64_t)done);
		expect_next(b->store, 1, 0, done + 1, "xx");
		if (round < 2) {
			commit(b->store);
			queued++;
		} else {
			store_rollback(b->store);
		}
		expect_counts(b->store, (uint64_t)queued, 2 * (uint64_t)queued, (uint64_t)done);
		expect_next(b->store, 1, 0, done + 1, "xx");
	}
	reopen(b, NULL);
	expect_counts(b->store, 202 - 135, 2 * (202 - 135), 135);
	expect_next(b->store, 1, 0, 136, "xx");
}

/* What lies behind deliveries is seen only when it is committed, and what a rollback brings back is seen
 * again. */
static void test_visibility_behind_deliveries(void **state)
{
	struct bench *b = *state;
	struct err e;
	add(b->store, 1, "a");
	add(b->store, 1, "b");
	commit(b->store);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 1, 400, "no", &e), 0);
	assert_int_equal(store_post_done(b->store, 1, 2, &e), 0);
	add(b->store, 1, "c");
	expect_none(b->store, 1, 0);
	store_rollback(b->store);
	expect_next(b->store, 1, 0, 1, "a");
	expect_none(b->store, 1, 1);
}

/* An older copy of the file is put back: no sequence that was delivered, and so no id, is used for another
 * post. */
static void test_older_copy(void **state)
{
	struct bench *b = *state;
	struct err e;
	char copy[128], chunk[4096];
	add(b->store, 1, "before the copy");
	commit(b->store);
	store_close(b->store);
	snprintf(copy, sizeof copy, "%s-wal", b->path); /* a name that is cleaned up */
	int in = open(b->path, O_RDONLY), out = open(copy, O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (ssize_t n; (n = read(in, chunk, sizeof chunk)) > 0;)
		assert_int_equal(write(out, chunk, (size_t)n), n);
	close(in);
	struct stat st;
	assert_int_equal(fstat(out, &st), 0);
	assert_int_equal(unlink(copy), 0);
	b->store = NULL;
	reopen(b, NULL);
	for (int i = 2; i <= 10; i++)
		assert_int_equal(add(b->store, 1, "after the copy"), i);
	commit(b->store);
	for (int64_t i = 1; i <= 9; i++)
		assert_int_equal(store_post_done(b->store, 1, i, &e), 0);
	store_close(b->store);
	b->store = NULL;
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	in = open(b->path, O_WRONLY | O_TRUNC);
	for (ssize_t n; (n = read(out, chunk, sizeof chunk)) > 0;)
		assert_int_equal(write(in, chunk, (size_t)n), n);
	close(in);
	close(out);
	reopen(b, NULL);
	expect_none(b->store, 1, 0); /* the first one was delivered */
	assert_int_equal(add(b->store, 1, "new"), 10);
}

static void test_ids(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_post p, again;
	add(b->store, 4, "");
	commit(b->store);
	assert_int_equal(store_post_next(b->store, 4, 0, &p, &e), 0);
	assert_int_equal(p.len, 0);
	assert_string_equal(p.body, "");
	assert_non_null(strstr(p.id, "-4-1"));
	free(p.body);
	reopen(b, NULL);
	assert_int_equal(store_post_next(b->store, 4, 0, &again, &e), 0);
	assert_string_equal(p.id, again.id);
	free(again.body);

	struct store *other;
	struct store_options memory = { 0 };
	int64_t sequence;
	assert_int_equal(store_open(&memory, &other, NULL, &e), 0);
	assert_int_equal(store_post_add(other, 4, 1, 9, "x", 1, &sequence, &e), 0);
	commit(other);
	assert_int_equal(store_post_next(other, 4, 0, &again, &e), 0);
	assert_string_not_equal(p.id, again.id);
	assert_int_equal(again.json, 1);
	assert_int_equal(again.created_at, 9);
	free(again.body);
	store_close(other);
}

static void first_id(struct store *s, char ret[STORE_ID])
{
	struct store_post p;
	struct err e;
	assert_int_equal(store_post_next(s, 1, 0, &p, &e), 0);
	memcpy(ret, p.id, STORE_ID);
	free(p.body);
}

/* A disk that was copied from a device in use: the devices share sequences, and no ids. */
static void test_ids_of_a_copy(void **state)
{
	struct bench *b = *state;
	struct err e;
	char own[STORE_ID], copied[STORE_ID], again[STORE_ID];
	add(b->store, 1, "x");
	commit(b->store);
	first_id(b->store, own);
	assert_int_equal(store_set_device(b->store, 0x02abcdef0102, &e), 1);
	commit(b->store);
	first_id(b->store, again);
	assert_string_equal(own, again); /* also after an upgrade */
	reopen(b, NULL);
	assert_int_equal(store_set_device(b->store, 0x02abcdef0102, &e), 0);
	first_id(b->store, again);
	assert_string_equal(own, again);
	for (int i = 0; i < 2; i++) {
		reopen(b, NULL);
		assert_int_equal(store_set_device(b->store, 0x02abcdef0103, &e), 0);
		first_id(b->store, i ? again : copied);
	}
	assert_string_not_equal(own, copied);
	assert_string_equal(copied, again);
	reopen(b, NULL);
	assert_int_equal(store_set_device(b->store, 0x02abcdef0104, &e), 0);
	first_id(b->store, again);
	assert_string_not_equal(copied, again);
}

static void test_rollback_keeps_deliveries(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_slot slot;
	add(b->store, 1, "a");
	add(b->store, 1, "b");
	commit(b->store);
	add(b->store, 1, "c");
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	store_rollback(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 1);
	assert_int_equal(slot.delivered, 1);
	expect_next(b->store, 1, 0, 2, "b");
	assert_int_equal(add(b->store, 1, "d"), 3); /* c was never seen by anybody */
	commit(b->store);
	expect_next(b->store, 1, 2, 3, "d");
}

static void test_body_limit(void **state)
{
	struct bench *b = *state;
	struct err e;
	int64_t sequence;
	char *big = calloc(1, STORE_BODY_MAX + 1);
	assert_int_equal(store_post_add(b->store, 1, 0, 0, big, STORE_BODY_MAX + 1, &sequence, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	memset(big, 'q', STORE_BODY_MAX);
	assert_int_equal(store_post_add(b->store, 1, 0, 0, big, STORE_BODY_MAX, &sequence, &e), 0);
	commit(b->store);
	expect_next(b->store, 1, 0, 1, big);
	free(big);
}

static void test_bound_by_count(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_slot slot;
	reopen(b, &(struct store_options){ .max_count = 3 });
	for (int i = 0; i < 5; i++)
		add(b->store, 1, "post");
	add(b->store, 2, "untouched");
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 3);
	assert_int_equal(slot.queued_bytes, 12);
	assert_int_equal(slot.dropped, 2);
	assert_int_equal(slot.gap_first, 1);
	assert_int_equal(slot.gap_last, 2);
	assert_int_equal(slot.gap_count, 2);
	store_gap_report_begun(b->store, 1);
	expect_next(b->store, 1, 0, 3, "post");
	/* A post that was delivered makes room: nothing is dropped for it. */
	assert_int_equal(store_post_done(b->store, 1, 3, &e), 0);
	add(b->store, 1, "post");
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dropped, 2);
	assert_int_equal(store_gap_report_done(b->store, 1, 2, &e), 0);
	commit(b->store);
	add(b->store, 1, "post");
	commit(b->store);
	reopen(b, &(struct store_options){ .max_count = 3 });
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dropped, 3);
	assert_int_equal(slot.delivered, 1);
	assert_int_equal(slot.gap_first, 4);
	assert_int_equal(slot.gap_last, 4);
	/* One more goes while the server is being told of the first: only that one is left to tell. */
	store_gap_report_begun(b->store, 1);
	add(b->store, 1, "post");
	commit(b->store);
	assert_int_equal(store_gap_report_done(b->store, 1, 4, &e), 0);
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.gap_first, 5);
	assert_int_equal(slot.gap_last, 5);
	assert_int_equal(slot.gap_count, 1);
	store_slot_get(b->store, 2, &slot);
	assert_int_equal(slot.queued, 1);
	assert_int_equal(slot.dropped, 0);
}

static void test_bound_by_bytes(void **state)
{
	struct bench *b = *state;
	struct store_slot slot;
	reopen(b, &(struct store_options){ .max_bytes = 10 });
	add(b->store, 1, "1234");
	add(b->store, 1, "5678");
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dropped, 0);
	add(b->store, 1, "9abc");
	commit(b->store);
	expect_next(b->store, 1, 0, 2, "5678");
	/* Larger than the bound itself: alone it is kept. */
	add(b->store, 1, "a post longer than all");
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 1);
	assert_int_equal(slot.gap_count, 3);
	expect_next(b->store, 1, 0, 4, "a post longer than all");
}

static void test_bound_by_age(void **state)
{
	struct bench *b = *state;
	struct store_slot slot;
	reopen(b, &(struct store_options){ .max_age_s = 100 });
	add_at(b->store, 1, "old", 1000);
	add_at(b->store, 1, "younger", 1050);
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.oldest_created_at, 1000);
	add_at(b->store, 1, "new", 1101);
	store_set_date(b->store, 1101);
	commit(b->store);
	expect_next(b->store, 1, 0, 2, "younger");
	store_set_date(b->store, 1150);
	commit(b->store);
	expect_next(b->store, 1, 0, 2, "younger");
	store_set_date(b->store, 1151);
	commit(b->store);
	expect_next(b->store, 1, 0, 3, "new");
	store_set_date(b->store, 9999);
	commit(b->store);
	expect_none(b->store, 1, 0);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dropped, 3);
	assert_int_equal(slot.gap_last, 3);
	assert_int_equal(slot.oldest_created_at, 0);
	add(b->store, 1, "date unknown"); /* never too old */
	commit(b->store);
	store_set_date(b->store, INT32_MAX);
	commit(b->store);
	expect_next(b->store, 1, 0, 4, "date unknown");
}

static void test_lower_bounds_apply(void **state)
{
	struct bench *b = *state;
	struct store_slot slot;
	for (int i = 0; i < 20; i++)
		add(b->store, 1, "x");
	commit(b->store);
	store_limits(b->store, &(struct store_options){ .max_count = 5 });
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 5);
	assert_int_equal(slot.gap_count, 15);
	expect_next(b->store, 1, 0, 16, "x");
}

static void test_dead_letters(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_slot slot;
	struct store_dead d;
	struct store_post p;
	for (int i = 0; i < 4; i++)
		add_at(b->store, 1, i == 1 ? "refused" : "fine", 77);
	commit(b->store);
	assert_int_equal(store_post_next(b->store, 1, 1, &p, &e), 0);
	free(p.body);
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 1, 400, "was delivered", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 2, 413, "answer 413 Payload Too Large", &e),
			 0);
	commit(b->store);
	reopen(b, NULL);
	expect_next(b->store, 1, 0, 3, "fine");
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dead, 1);
	assert_int_equal(slot.queued, 2);
	assert_int_equal(slot.queued_bytes, 8);
	assert_int_equal(store_dead_next(b->store, 1, 0, &d, &e), 0);
	assert_int_equal(d.status, 413);
	assert_string_equal(d.reason, "answer 413 Payload Too Large");
	assert_string_equal(d.post.body, "refused");
	assert_string_equal(d.post.id, p.id);
	assert_int_equal(d.post.created_at, 77);
	free(d.post.body);
	assert_int_equal(store_dead_next(b->store, 1, 2, &d, &e), 1);
	assert_int_equal(store_dead_next(b->store, 2, 0, &d, &e), 1);

	assert_int_equal(store_post_done(b->store, 1, 3, &e), 0);
	expect_next(b->store, 1, 0, 4, "fine");
	assert_int_equal(store_dead_replay(b->store, 1, 9, &(int64_t){ 0 }, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(store_dead_replay(b->store, 1, 2, &(int64_t){ 0 }, &e), 0);
	commit(b->store);
	expect_next(b->store, 1, 0, 2, "refused");
	assert_int_equal(store_dead_next(b->store, 1, 0, &d, &e), 1);
	assert_int_equal(store_post_to_dead_letters(b->store, 1, 2, 400, "again", &e), 0);
	assert_int_equal(store_dead_purge(b->store, 1, 2, &e), 0);
	assert_int_equal(store_dead_purge(b->store, 1, 2, &e), -1);
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 1);
	assert_int_equal(slot.dead, 2);
	assert_int_equal(slot.gap_first, 2);
	assert_int_equal(slot.gap_last, 2);
	assert_int_equal(slot.gap_count, 1);
	assert_int_equal(slot.dropped, 1);
}

/* It lies before all that was delivered since, where nobody looks any more unless he is told. */
static void test_an_old_dead_letter_is_found_again(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_post p;
	for (int reopened = 0; reopened < 2; reopened++) {
		int64_t first = 1 + 6 * reopened;
		for (int i = 0; i < 6; i++)
			add(b->store, 1, i ? "fine" : "refused");
		commit(b->store);
		assert_int_equal(store_post_to_dead_letters(b->store, 1, first, 422, "no", &e), 0);
		commit(b->store);
		/* One after the other, each read where the one before ended. */
		for (int64_t sequence = first + 1; sequence < first + 6; sequence++) {
			assert_int_equal(store_post_next(b->store, 1, 0, &p, &e), 0);
			assert_int_equal(p.sequence, sequence);
			free(p.body);
			assert_int_equal(store_post_done(b->store, 1, sequence, &e), 0);
			if (reopened)
				commit(b->store);
		}
		assert_int_equal(store_post_next(b->store, 1, 0, &p, &e), 1);
		assert_int_equal(store_dead_replay(b->store, 1, first, &(int64_t){ 0 }, &e), 0);
		commit(b->store);
		expect_next(b->store, 1, 0, first, "refused");
		assert_int_equal(store_post_done(b->store, 1, first, &e), 0);
		commit(b->store);
		reopen(b, NULL);
	}
}

/* They come before all others, so they would be the first to be dropped. */
static void test_replay_needs_room(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_dead d;
	struct store_slot slot;
	int64_t n;
	reopen(b, &(struct store_options){ .max_count = 3, .max_bytes = 20, .max_age_s = 100 });
	for (int i = 0; i < 3; i++) {
		add_at(b->store, 1, "dead", 1000);
		assert_int_equal(store_post_to_dead_letters(b->store, 1, i + 1, 400, "no", &e), 0);
	}
	add_at(b->store, 1, "waits", 2000);
	commit(b->store);
	assert_int_equal(store_dead_replay(b->store, 1, 0, &n, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	commit(b->store);
	assert_int_equal(store_dead_next(b->store, 1, 0, &d, &e), 0);
	assert_int_equal(d.post.sequence, 1);
	free(d.post.body);
	/* neither is it too old: its age begins anew */
	store_set_date(b->store, 2000);
	assert_int_equal(store_dead_replay(b->store, 1, 2, &n, &e), 0);
	assert_int_equal(n, 1);
	commit(b->store);
	expect_next(b->store, 1, 0, 2, "dead");
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.dropped, 0);
	assert_int_equal(slot.queued_bytes, 9);
	assert_int_equal(slot.oldest_created_at, 2000);
	store_limits(b->store, &(struct store_options){ .max_bytes = 12 });
	assert_int_equal(store_dead_replay(b->store, 1, 1, &n, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	store_limits(b->store, &(struct store_options){ .max_count = 4, .max_bytes = 17 });
	assert_int_equal(store_dead_replay(b->store, 1, 0, &n, &e), 0);
	assert_int_equal(n, 2);
	commit(b->store);
	expect_next(b->store, 1, 0, 1, "dead");
	expect_next(b->store, 1, 2, 3, "dead");
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 4);
	assert_int_equal(slot.dropped, 0);
}

static void test_dead_letters_are_bounded(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_dead d;
	for (int i = 1; i <= STORE_DEAD_COUNT + 3; i++) {
		add(b->store, 1, "x");
		assert_int_equal(store_post_to_dead_letters(b->store, 1, i, 400, "no", &e), 0);
	}
	commit(b->store);
	assert_int_equal(store_dead_next(b->store, 1, 0, &d, &e), 0);
	assert_int_equal(d.post.sequence, 4);
	free(d.post.body);
	struct store_slot slot;
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.gap_first, 1);
	assert_int_equal(slot.gap_last, 3);
	assert_int_equal(slot.gap_count, 3);
	assert_int_equal(slot.dropped, 3);
	assert_int_equal(slot.queued, 0);
}

static void test_purge(void **state)
{
	struct bench *b = *state;
	struct err e;
	struct store_slot slot;
	for (int i = 0; i < 6; i++)
		add(b->store, 1, "abc");
	commit(b->store);
	assert_int_equal(store_post_done(b->store, 1, 1, &e), 0);
	assert_int_equal(store_post_purge(b->store, 1, 3, &e), 0);
	assert_int_equal(store_post_purge(b->store, 1, 3, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	commit(b->store);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 4);
	assert_int_equal(slot.gap_first, 3);
	assert_int_equal(slot.gap_last, 3);
	assert_int_equal(store_post_purge(b->store, 1, 0, &e), 0);
	commit(b->store);
	expect_none(b->store, 1, 0);
	store_slot_get(b->store, 1, &slot);
	assert_int_equal(slot.queued, 0);
	assert_int_equal(slot.queued_bytes, 0);
	assert_int_equal(slot.dropped, 5);
	assert_int_equal(slot.delivered, 1);
	assert_int_equal(slot.gap_first, 2);
	assert_int_equal(slot.gap_last, 6);
	assert_int_equal(store_post_purge(b->store, 1, 0, &e), -1);
	store_rollback(b->store);
	assert_int_equal(add(b->store, 1, "never the same number"), 7);
}

/* Against a simple model, with restarts. */
static void test_random_walk(void **state)
{
	struct bench *b = *state;
	enum { N = 4000, CAP = 60 };
	static char fate[N + 2]; /* by sequence: 'q' waits, 'd' delivered, 'x' dropped, 'k' dead */
	struct store_options limits = { .max_count = CAP };
	struct err e;
	uint64_t random = 12345;
	int64_t last = 0, queued = 0, first_new = 1;
	reopen(b, &limits);
	for (int step = 0; step < 6000 && last < N; step++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		unsigned what = (unsigned)(random >> 33) % 100, pick = (unsigned)(random >> 40) % 8;
		struct store_post p;
		if (what < 45) {
			char body[32];
			snprintf(body, sizeof body, "%lld", (long long)last + 1);
			assert_int_equal(add(b->store, 2, body), ++last);
		} else if (what < 60) {
			commit(b->store);
			for (; first_new <= last; first_new++)
				fate[first_new] = 'q', queued++;
			for (int64_t i = 1; queued > CAP; i++)
				if (fate[i] == 'q')
					fate[i] = 'x', queued--;
		} else if (what < 97) {
			int64_t after = 0, expected;
			for (unsigned i = 0; i < pick % 3 * (what > 90); i++) { /* sometimes further inside */
				if (store_post_next(b->store, 2, after, &p, &e) == 0)
					after = p.sequence;
				free(p.body);
			}
			for (expected = after + 1; expected < first_new && fate[expected] != 'q'; expected++)
				;
			int r = store_post_next(b->store, 2, after, &p, &e);
			assert_int_equal(r, expected >= first_new);
			if (r)
				continue;
			assert_int_equal(p.sequence, expected);
			assert_int_equal(strtoll(p.body, NULL, 10), expected);
			free(p.body);
			if (pick) {
				assert_int_equal(store_post_done(b->store, 2, expected, &e), 0);
				fate[expected] = 'd', queued--;
			} else if (first_new > last) {
				assert_int_equal(
					store_post_to_dead_letters(b->store, 2, expected, 400, "no", &e), 0);
				commit(b->store);
				fate[expected] = 'k', queued--;
			}
		} else {
			commit(b->store);
			for (; first_new <= last; first_new++)
				fate[first_new] = 'q', queued++;
			for (int64_t i = 1; queued > CAP; i++)
				if (fate[i] == 'q')
					fate[i] = 'x', queued--;
			reopen(b, &limits);
		}
		if (first_new <= last)
			continue;
		struct store_slot slot;
		store_slot_get(b->store, 2, &slot);
		assert_int_equal(slot.queued, queued);
	}
	commit(b->store);
	uint64_t count[128] = { 0 };
	for (int64_t i = 1; i < first_new; i++)
		count[(int)fate[i]]++;
	struct store_slot slot;
	store_slot_get(b->store, 2, &slot);
	assert_int_equal(slot.delivered, count['d']);
	assert_int_equal(slot.dead, count['k']);
	assert_true(count['d'] > 300 && count['x'] > 0 && count['k'] > 10);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_refuses_what_is_not_its_own(void **state)
{
	struct bench *b = *state;
	struct store *s;
	struct err e;
	struct store_options o = { .path = b->path };
	assert_int_equal(store_open(&o, &s, NULL, &e), -1); /* it is open already */
	assert_int_equal(e.kind, ERR_EXISTS);
	store_close(b->store);
	b->store = NULL;
	run_sql(b->path, "PRAGMA user_version = 99");
	assert_int_equal(store_open(&o, &s, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "newer"));
	run_sql(b->path, "PRAGMA user_version = 1; PRAGMA application_id = 7");
	assert_int_equal(store_open(&o, &s, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "not one of sealpost's"));

	o.path = "/nonexistent/folder/store.db";
	assert_int_equal(store_open(&o, &s, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.text, "folder"));
}

static void test_file_is_private(void **state)
{
	struct bench *b = *state;
	static const char *const ends[] = { "", "-wal", "-marks" };
	add(b->store, 1, "x");
	commit(b->store);
	for (size_t i = 0; i < 3; i++) {
		char path[128];
		struct stat st;
		snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

/* --- a file that was emptied gives its space back --- */

enum { LARGE = 200 }; /* posts of 100 KB */

static void deliver_all(struct store *s, struct err *e)
{
	for (int64_t i = 1; i <= LARGE; i++)
		assert_int_equal(store_post_done(s, 1, i, e), 0);
}

static void purge_all(struct store *s, struct err *e)
{
	assert_int_equal(store_post_purge(s, 1, 0, e), 0);
}

static void deregister(struct store *s, struct err *e)
{
	static const struct store_registration r = { .slot = 1, .url = "https://host.example/" };
	assert_int_equal(store_register(s, &r, e), 0);
	assert_int_equal(store_deregister(s, 1, 1, e), 0);
}

static void let_expire(struct store *s, struct err *e)
{
	(void)e;
	store_limits(s, &(struct store_options){ .max_age_s = 60 });
	store_set_date(s, 2000);
}

static void purge_dead_letters(struct store *s, struct err *e)
{
	for (int64_t i = 1; i <= LARGE; i++)
		assert_int_equal(store_post_to_dead_letters(s, 1, i, 400, "bad", e), 0);
	commit(s);
	assert_int_equal(store_dead_purge(s, 1, 0, e), 0);
}

static void test_shrinks(void **state)
{
	void (*const ways[])(struct store *, struct err *) = {
		deliver_all, purge_all, deregister, let_expire, purge_dead_letters,
	};
	static char body[100001];
	memset(body, 'b', sizeof body - 1);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct err e;
		struct stat st;
		teardown(state), setup(state);
		struct bench *b = *state;
		for (int n = 0; n < LARGE; n++)
			add_at(b->store, 1, body, 1000);
		add(b->store, 2, "stays");
		commit(b->store);
		ways[i](b->store, &e);
		commit(b->store);
		assert_int_equal(stat(b->path, &st), 0);
		if (st.st_size >= 1 << 20)
			fail_msg("way %zu: %lld bytes", i, (long long)st.st_size);
		expect_none(b->store, 1, 0);
		expect_next(b->store, 2, 0, 1, "stays");
		assert_int_equal(add(b->store, 1, "goes on"), LARGE + 1);
		commit(b->store);
		expect_next(b->store, 1, 0, LARGE + 1, "goes on");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_registrations),
		TEST(test_deregister_takes_its_posts),
		TEST(test_order_and_visibility),
		TEST(test_ids),
		TEST(test_ids_of_a_copy),
		TEST(test_many_holes),
		TEST(test_many_holes_between_transactions),
		TEST(test_room_for_holes_within_a_transaction),
		TEST(test_deliveries_during_a_transaction),
		TEST(test_pages_in_memory),
		TEST(test_visibility_behind_deliveries),
		TEST(test_older_copy),
		TEST(test_rollback_keeps_deliveries),
		TEST(test_body_limit),
		TEST(test_bound_by_count),
		TEST(test_bound_by_bytes),
		TEST(test_bound_by_age),
		TEST(test_lower_bounds_apply),
		TEST(test_dead_letters),
		TEST(test_an_old_dead_letter_is_found_again),
		TEST(test_replay_needs_room),
		TEST(test_dead_letters_are_bounded),
		TEST(test_purge),
		TEST(test_random_walk),
		TEST(test_refuses_what_is_not_its_own),
		TEST(test_file_is_private),
		TEST(test_shrinks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
