/* SPDX-License-Identifier: MIT */
/* kill -9 at random points of bringing an older file up to date, adding, merging, committing, delivering,
 * marking and moving the log's pages to the file: nothing acknowledged is lost, the order of each slot is
 * kept, what is delivered twice is what was in flight, and every sequence is accounted for. CRASH_ROUNDS asks
 * for more deaths, SEED for others. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 50, MERGING = 4 }; /* MERGING: a slot whose posts are half of them merged */

/* What the child tells: 'A' acknowledged up to this sequence, 'D' the server has got it, which stood for so
 * many others, 'R' registration number, 'P' publications acknowledged up to this number. */
struct report {
	char what;
	int slot;
	int64_t number, merged;
};

struct world {
	char path[96];
	int64_t acknowledged[STORE_SLOTS + 1], received[STORE_SLOTS + 1]; /* highest, over all lives */
	/* sequences of MERGING that were received, or merged into what was, or forgotten by a downgrade */
	int64_t accounted;
	int64_t registered, published;
	long repeats, delivered, merged, most, migrated, moved;
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void tell(int pipe, char what, int slot, int64_t number, uint64_t merged)
{
	struct report r;
	memset(&r, 0, sizeof r);
	r.what = what, r.slot = slot, r.number = number, r.merged = (int64_t)merged;
	if (write(pipe, &r, sizeof r) != (ssize_t)sizeof r)
		_exit(3);
}

static int publish(struct store *s, uint64_t *random, int64_t *last, struct store_publication *by)
{
	struct err e;
	char body[6000];
	unsigned n = 1 + (unsigned)next_random(random) % 20;
	for (unsigned i = 0; i < n; i++) {
		int slot = 1 + (int)(next_random(random) % STORE_SLOTS);
		struct store_slot now;
		struct store_post p = { .slot = slot, .body = body };
		store_slot_get(s, slot, &now);
		p.len = (size_t)snprintf(body, sizeof body, "%d:%lld:%*s", slot, (long long)now.next_sequence,
					 (int)(next_random(random) % 5000), "");
		/* The last one of this life, if it was not delivered meanwhile. */
		p.sequence = slot == MERGING && next_random(random) % 2 ? last[slot] : 0;
		if ((!p.sequence || store_post_merge(s, &p, &last[slot], &e) < 0) &&
		    store_post_add(s, slot, 0, 0, body, p.len, &last[slot], &e) < 0)
			return -1;
		by->number++;
		store_publication_accepted(s, by);
	}
	return 0;
}

/* One life: ends by being killed. */
static void live(const char *path, int pipe, uint64_t seed)
{
	struct err e;
	struct store *s;
	struct store_options o = { .path = path };
	static struct store_registration r;
	static const unsigned eagerness[] = {
		5, 60, 200
	}; /* so that queues grow in one life and drain in another */
	unsigned eager = eagerness[next_random(&seed) % 3];
	int64_t last[STORE_SLOTS + 1] = { 0 }, registered;
	struct store_publication by = { { 7, 8 }, 0 };
	if (store_open(&o, &s, NULL, &e) < 0)
		_exit(2);
	by.number = store_get(s, "published", 0);
	registered = store_registration_get(s, 1, &r) == 0 ? r.registered_at : 0;
	for (unsigned turn = 0;; turn++) {
		if (publish(s, &seed, last, &by) < 0 || store_set(s, "published", by.number, &e) < 0)
			_exit(4);
		if (turn % 5 == 0) {
			r.slot = 1, r.n = 1, r.registered_at = ++registered;
			if (store_register(s, &r, &e) < 0)
				_exit(5);
		}
		if (store_commit(s, &e) < 0)
			_exit(6);
		for (int slot = 1; slot <= STORE_SLOTS; slot++)
			if (last[slot])
				tell(pipe, 'A', slot, last[slot], 0);
		tell(pipe, 'R', 1, registered, 0);
		tell(pipe, 'P', 1, by.number, 0);
		for (unsigned n = (unsigned)next_random(&seed) % eager; n > 0; n--) {
			int slot = 1 + (int)(next_random(&seed) % STORE_SLOTS);
			struct store_post p;
			if (store_post_next(s, slot, 0, &p, &e) == 0) {
				tell(pipe, 'D', slot, p.sequence, p.merged);
				if (store_post_done(s, slot, p.sequence, &e) < 0)
					_exit(7);
			}
			free(p.body);
		}
		if (turn % 6 == 5) { /* all of the log moves to the file, and it goes */
			store_close(s);
			if (store_open(&o, &s, NULL, &e) < 0)
				_exit(8);
		}
	}
}

static void hear(struct world *w, const struct report *r)
{
	int64_t *received = &w->received[r->slot];
	switch (r->what) {
	case 'A':
		if (r->number > w->acknowledged[r->slot])
			w->acknowledged[r->slot] = r->number;
		break;
	case 'R': w->registered = r->number; break;
	case 'P': w->published = r->number; break;
	default:
		/* In order, without holes; a repeat is the very last one, of the life before. */
		w->delivered++;
		if (r->number == *received) {
			w->repeats++;
			return;
		}
		if (r->slot == MERGING)
			assert_true(r->number > *received);
		else
			assert_int_equal(r->number, *received + 1);
		w->accounted += r->slot == MERGING ? 1 + r->merged : 0;
		w->merged += r->merged;
		*received = r->number;
	}
}

/* It dies a moment after so many reports: that does not depend on how fast the machine is. */
static void one_life(struct world *w, uint64_t seed, long reports)
{
	int ends[2], status;
	struct stat before = { 0 }, after = { 0 };
	stat(w->path, &before);
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		live(w->path, ends[1], seed);
	}
	close(ends[1]);
	struct timespec moment = { 0, (long)(next_random(&seed) % 4000) * 1000 };
	struct report r;
	for (long i = 0; i < reports && read(ends[0], &r, sizeof r) == (ssize_t)sizeof r; i++)
		hear(w, &r);
	nanosleep(&moment, NULL);
	kill(child, SIGKILL);
	while (read(ends[0], &r, sizeof r) == (ssize_t)sizeof r)
		hear(w, &r);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	stat(w->path, &after);
	w->moved += after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
		    after.st_mtim.tv_nsec != before.st_mtim.tv_nsec;
}

/* What version 1 would have written. It knew nothing of merged posts and publishers. */
static void downgrade(struct world *w)
{
#define UNMERGED(table)                                                                                      \
	"ALTER TABLE " table " DROP COLUMN merged; ALTER TABLE " table " DROP COLUMN merged_from;"
	static const char sql[] =
		"BEGIN; ALTER TABLE registration DROP COLUMN coalesce; ALTER TABLE slot DROP COLUMN "
		"coalesced; DELETE FROM slot WHERE slot >= 5; ALTER TABLE slot DROP COLUMN publisher;"
		"ALTER TABLE slot DROP COLUMN first; ALTER TABLE slot DROP COLUMN last;"
		"ALTER TABLE slot DROP COLUMN used;" UNMERGED("dead") UNMERGED("post_1") UNMERGED("post_2")
			UNMERGED("post_3")
				UNMERGED("post_4") "DROP TABLE syslog; PRAGMA user_version = 1; COMMIT";
	sqlite3 *db;
	sqlite3_stmt *stmt;
	char *why = NULL;
	/* The store's own end first: a post that was delivered counts no more. */
	struct store *s;
	struct err e;
	assert_int_equal(store_open(&(struct store_options){ .path = w->path }, &s, NULL, &e), 0);
	store_close(s);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT total(merged) FROM post_4 WHERE sequence > ?1", -1,
					    &stmt, NULL),
			 SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, w->received[MERGING]);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	w->accounted += sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
	w->published = 0;
	w->migrated++;
}

/* All that was acknowledged and not delivered is there, with its content. */
static void inspect(struct world *w)
{
	struct err e;
	struct store *s;
	struct store_options o = { .path = w->path };
	static struct store_registration r;
	struct buf notice;
	buf_init(&notice, 1000);
	assert_int_equal(store_open(&o, &s, &notice, &e), 0);
	assert_string_equal(buf_str(&notice), "");
	buf_done(&notice);
	if (w->registered) {
		assert_int_equal(store_registration_get(s, 1, &r), 0);
		assert_true(r.registered_at >= w->registered);
	}
	if (w->published) {
		struct store_publication by = { { 7, 8 }, w->published };
		assert_true(store_publication_was_accepted(s, &by));
		assert_true(store_get(s, "published", 0) >= w->published);
		by.number = store_get(s, "published", 0) + 1;
		assert_false(store_publication_was_accepted(s, &by));
	}
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct store_post p;
		struct store_slot counted;
		int64_t expected = 0, at = 0, accounted = w->accounted;
		uint64_t n = 0;
		store_slot_get(s, slot, &counted);
		while (store_post_next(s, slot, at, &p, &e) == 0) {
			char start[64];
			int64_t last = w->received[slot];
			if (slot == MERGING) {
				assert_true(p.sequence >= (at ? at + 1 : last));
				accounted += p.sequence == last ? 0 : 1 + (int64_t)p.merged;
			} else if (!expected) { /* the last one received may not have been marked */
				assert_in_range(p.sequence, last ? last : 1, last + 1);
				expected = p.sequence;
			}
			if (slot != MERGING)
				assert_int_equal(p.sequence, expected++);
			snprintf(start, sizeof start, "%d:%lld:", slot, (long long)p.sequence);
			assert_int_equal(strncmp(p.body, start, strlen(start)), 0);
			at = p.sequence;
			n++;
			free(p.body);
		}
		assert_true((at ? at : w->received[slot]) >= w->acknowledged[slot]);
		assert_int_equal(counted.queued, n);
		if (slot == MERGING)
			assert_int_equal(accounted, counted.next_sequence - 1);
		/* What was committed but never acknowledged counts as acknowledged from now on. */
		if (at > w->acknowledged[slot])
			w->acknowledged[slot] = at;
		if ((long)n > w->most)
			w->most = (long)n;
	}
	store_close(s);
}

static void test_kill(void **state)
{
	(void)state;
	static struct world w;
	char folder[] = "/tmp/test-crash-XXXXXX", name[128];
	assert_non_null(mkdtemp(folder));
	snprintf(w.path, sizeof w.path, "%s/store.db", folder);
	const char *seed = getenv("SEED");
	uint64_t random = seed ? strtoull(seed, NULL, 10) : 20261121;
	const char *text = getenv("CRASH_ROUNDS");
	long rounds = text ? strtol(text, NULL, 10) : ROUNDS;
	for (long i = 0; i < rounds; i++) {
		if (i % 8 == 7)
			downgrade(&w);
		/* Half of those that begin with an older file die young, and some others. */
		int young = i % 16 == 7 || next_random(&random) % 8 == 0;
		one_life(&w, next_random(&random) << 20, young ? 0 : (long)(next_random(&random) % 150));
		if (i % 3 == 0) /* else the next life itself finds what is left */
			inspect(&w);
	}
	inspect(&w);
	print_message("%ld deaths, %ld deliveries, %ld merged, %ld repeats, %ld queued at most, %ld times an "
		      "older file, %ld times pages "
		      "moved to the file\n",
		      rounds, w.delivered, w.merged, w.repeats, w.most, w.migrated, w.moved);
	assert_true(w.delivered > rounds / 2 && w.merged > rounds / 20 && w.moved > rounds / 20);
	assert_true(w.repeats <= rounds * STORE_SLOTS);
	static const char *const ends[] = { "", "-wal", "-marks" };
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", w.path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_kill) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
