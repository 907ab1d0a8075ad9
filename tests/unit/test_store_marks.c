/* SPDX-License-Identifier: MIT */
/* Deliveries that only the marks know: death between any two instructions, torn entries, a file that is
 * cut. */
#include "faults.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { HEAD = 512, ENTRY = 32, ENTRIES = 4 * 120, FILE_MAX = HEAD + ENTRIES * ENTRY };

/* In order, out of order, runs that begin, grow at either end and become one. */
static const int64_t order[] = { 1, 2, 3, 6, 5, 9, 4, 8, 7, 10, 12, 11 };
enum { DONE = sizeof order / sizeof *order, POSTS = DONE + 1 };

static void marks_of(const struct place *p, char name[128])
{
	snprintf(name, 128, "%s-marks", p->path);
}

static size_t read_marks(const struct place *p, unsigned char content[FILE_MAX])
{
	char name[128];
	marks_of(p, name);
	int fd = open(name, O_RDONLY);
	assert_true(fd >= 0);
	ssize_t n = pread(fd, content, FILE_MAX, 0);
	assert_true(n > HEAD);
	close(fd);
	return (size_t)n;
}

static void write_marks(const struct place *p, const void *content, size_t len)
{
	char name[128];
	marks_of(p, name);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	close(fd);
}

static void fill(const struct place *p)
{
	struct err e;
	int64_t sequence;
	struct store *s = must_open(p, NULL, 0);
	for (int i = 0; i < POSTS; i++)
		assert_int_equal(store_post_add(s, 1, 0, 0, "x", 1, &sequence, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	store_close(s);
}

/* The store with nothing that a commit would delete, and all posts handed out: from here on deliveries are
 * marks. */
static struct store *open_settled(const struct place *p)
{
	struct err e;
	struct store_post posts[POSTS];
	struct store *s = must_open(p, NULL, 0);
	assert_int_equal(store_set(s, "x", 1, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	assert_int_equal(store_post_read(s, 1, 0, posts, POSTS, &e), POSTS);
	for (int i = 0; i < POSTS; i++)
		free(posts[i].body);
	return s;
}

/* Whatever a death leaves: the store's files as they are now, with these marks, elsewhere. */
static struct place copy_of(const struct place *p, const void *marks, size_t len)
{
	struct place copy = *p;
	char from[128], to[128];
	snprintf(copy.path, sizeof copy.path, "%s/copy.db", p->folder);
	for (int log = 0; log < 2; log++) {
		snprintf(from, sizeof from, "%s%s", p->path, log ? "-wal" : "");
		snprintf(to, sizeof to, "%s%s", copy.path, log ? "-wal" : "");
		if (access(from, F_OK) == 0)
			copy_file(from, to, size_of(from));
	}
	write_marks(&copy, marks, len);
	return copy;
}

/* How many of the deliveries, in their order, the store knows of. */
static int known_to(struct store *s)
{
	unsigned waits[POSTS + 1] = { 0 };
	struct err e;
	struct store_post p;
	int n = 0, left = 0;
	for (int64_t at = 0; store_post_next(s, 1, at, &p, &e) == 0; at = p.sequence, left++) {
		waits[p.sequence] = 1;
		free(p.body);
	}
	while (n < DONE && !waits[order[n]])
		n++;
	assert_int_equal(left, POSTS - n); /* no other is taken for delivered */
	struct store_slot counted;
	store_slot_get(s, 1, &counted);
	assert_int_equal(counted.queued, left);
	assert_int_equal(counted.queued_bytes, left);
	assert_int_equal(counted.delivered, n);
	return n;
}

static int known_after(const struct place *p, const void *marks, size_t len)
{
	struct place copy = copy_of(p, marks, len);
	struct store *s = must_open(&copy, NULL, 0);
	int n = known_to(s);
	store_close(s);
	wipe(&copy);
	return n;
}

/* --- death between any two instructions --- */

static void deliver(const struct place *p, volatile int *done)
{
	struct err e;
	struct store *s = open_settled(p);
	raise(SIGSTOP);
	for (int i = 0; i < DONE; i++) {
		if (store_post_done(s, 1, order[i], &e) < 0)
			_exit(1);
		*done = i + 1;
	}
	_exit(0);
}

static void test_death_between_any_two_instructions(void **state)
{
	const struct place *place = *state;
	static unsigned char before[FILE_MAX], now[FILE_MAX];
	int status, looked = 0;
	fill(place);
	volatile int *done =
		mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(done, MAP_FAILED);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(99);
		deliver(place, done);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99) {
		print_message("nobody can be traced here\n");
		skip();
	}
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(intptr_t)PTRACE_O_EXITKILL), 0);
	size_t len = read_marks(place, before);
	long steps = 0;
	for (; ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child &&
	       WIFSTOPPED(status);
	     steps++) {
		assert_int_equal(read_marks(place, now), len);
		if (memcmp(now, before, len) == 0)
			continue;
		memcpy(before, now, len);
		int told = *done; /* the server has got one more at most */
		assert_in_range(known_after(place, now, len), told, told + 1);
		looked++;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(*done, DONE);
	assert_int_equal(known_after(place, now, len), DONE);
	print_message("%ld instructions, %d of them changed the file\n", steps, looked);
	assert_true(looked >= DONE);
	munmap((void *)(uintptr_t)done, sizeof *done);
}

/* With these marks every post that was not delivered waits: how many do. */
static int waiting_after(const struct place *p, const void *marks, size_t len, int delivered)
{
	struct place copy = copy_of(p, marks, len);
	unsigned waits[POSTS + 1] = { 0 };
	struct err e;
	struct store_post post;
	int left = 0;
	struct store *s = must_open(&copy, NULL, 0);
	for (int64_t at = 0; store_post_next(s, 1, at, &post, &e) == 0; at = post.sequence, left++) {
		waits[post.sequence] = 1;
		free(post.body);
	}
	for (int i = delivered; i < DONE; i++)
		assert_true(waits[order[i]]);
	assert_true(waits[POSTS]);
	store_close(s);
	wipe(&copy);
	return left;
}

/* An entry of which a failing disk kept some words and not the others is no entry: what it held is sent
 * again, and no post is lost. */
static void test_torn_entries(void **state)
{
	const struct place *place = *state;
	static unsigned char before[FILE_MAX], after[FILE_MAX], torn[FILE_MAX];
	struct err e;
	int found = 0;
	fill(place);
	struct store *s = open_settled(place);
	size_t len = read_marks(place, before);
	for (int i = 0; i < DONE; i++) {
		size_t at = HEAD;
		assert_int_equal(store_post_done(s, 1, order[i], &e), 0);
		assert_int_equal(read_marks(place, after), len);
		while (memcmp(before + at, after + at, ENTRY) == 0)
			at += ENTRY;
		assert_memory_equal(before + at + ENTRY, after + at + ENTRY,
				    len - at - ENTRY); /* it is one entry */
		assert_int_equal(waiting_after(place, after, len, i + 1), POSTS - i - 1);
		for (int words = 0; words < 16; words++) {
			memcpy(torn, before, len);
			for (size_t w = 0; w < 4; w++)
				if (words & 1 << w)
					memcpy(torn + at + 8 * w, after + at + 8 * w, 8);
			if (memcmp(torn, before, len) == 0 || memcmp(torn, after, len) == 0)
				continue;
			assert_true(waiting_after(place, torn, len, i) >= POSTS - i);
			found++;
		}
		memcpy(before, after, len);
	}
	assert_true(found > DONE);
	store_close(s);
}

/* --- a window's deliveries, transactions and deaths, as chance has it --- */

enum { WINDOW = 100, STEPS = 4000, MOST = STEPS + 200 };

struct model {
	int64_t next, committed;
	uint64_t delivered;
	unsigned char done[MOST + 1];
};

/* Exactly what was committed and not delivered is there, and counted. */
static void expect_model(struct store *s, const struct model *m)
{
	struct err e;
	struct store_post p;
	struct store_slot counted;
	int64_t at = 0, expected = 0;
	uint64_t waiting = 0;
	for (int64_t i = 1; i < m->committed; i++)
		waiting += !m->done[i];
	for (int r;; at = p.sequence) {
		r = store_post_next(s, 1, at, &p, &e);
		do
			expected++;
		while (expected < m->committed && m->done[expected]);
		assert_int_equal(r, expected >= m->committed);
		if (r)
			break;
		assert_int_equal(p.sequence, expected);
		free(p.body);
	}
	store_slot_get(s, 1, &counted);
	assert_int_equal(counted.queued, waiting);
	assert_int_equal(counted.delivered, m->delivered);
}

static void test_random_deaths_within_a_window(void **state)
{
	const struct place *place = *state;
	static struct model m;
	static unsigned char marks[FILE_MAX];
	struct err e;
	int64_t oldest = 1, sequence;
	int deaths = 0;
	unsigned chance = 20261128;
	struct store *s = must_open(place, NULL, 0);
	m = (struct model){ .next = 1, .committed = 1 };
	for (int step = 0; step < STEPS; step++) {
		chance = chance * 1103515245u + 12345u;
		unsigned what = chance >> 16 & 63, pick = chance >> 22 & 1023;
		if (what < 30 || m.committed - oldest < 5) {
			assert_int_equal(store_post_add(s, 1, 0, 0, "x", 1, &sequence, &e), 0);
			assert_int_equal(sequence, m.next++);
		}
		if (what < 2 || m.committed - oldest < 5) {
			assert_int_equal(store_commit(s, &e), 0);
			m.committed = m.next;
		}
		int64_t one = oldest + pick % WINDOW;
		if (one < m.committed && !m.done[one]) {
			assert_int_equal(store_post_done(s, 1, one, &e), 0);
			m.done[one] = 1;
			m.delivered++;
		}
		while (oldest < m.committed && m.done[oldest])
			oldest++;
		if (pick % 16 == 0) {
			struct place copy = copy_of(place, marks, read_marks(place, marks));
			struct store *left = must_open(&copy, NULL, 0);
			expect_model(left, &m);
			store_close(left);
			wipe(&copy);
			deaths++;
		}
		if (step % 500 == 499) { /* and on with what a death left */
			struct place copy = copy_of(place, marks, read_marks(place, marks));
			store_close(s);
			wipe(place);
			for (int i = 0; i < 3; i++) {
				static const char *const ends[] = { "", "-wal", "-marks" };
				char from[128], to[128];
				snprintf(from, sizeof from, "%s%s", copy.path, ends[i]);
				snprintf(to, sizeof to, "%s%s", place->path, ends[i]);
				if (access(from, F_OK) == 0)
					assert_int_equal(rename(from, to), 0);
			}
			m.next = m.committed;
			s = must_open(place, NULL, 0);
			expect_model(s, &m);
		}
	}
	print_message("%d deaths, %d delivered of %d\n", deaths, (int)m.delivered, (int)m.committed - 1);
	assert_true(deaths > 100 && m.delivered > 1000);
	store_close(s);
}

/* --- files --- */

/* Cut to any length: deliveries go on, only a crash would repeat them. */
static void test_a_file_that_is_cut(void **state)
{
	const struct place *place = *state;
	static const off_t lengths[] = { 0, 1, HEAD, HEAD + ENTRY / 2, FILE_MAX / 2, FILE_MAX - ENTRY };
	char name[128];
	struct err e;
	marks_of(place, name);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		fill(place);
		struct store *s = open_settled(place);
		assert_int_equal(size_of(name), FILE_MAX);
		for (int n = 0; n < DONE; n++) {
			assert_int_equal(store_post_done(s, 1, order[n], &e), 0);
			if (n == DONE / 2)
				assert_int_equal(truncate(name, lengths[i]), 0);
			assert_int_equal(known_to(s), n + 1);
		}
		assert_null(store_trouble(s));
		store_close(s);
		s = must_open(place, NULL, 0);
		assert_int_equal(known_to(s), DONE);
		assert_int_equal(size_of(name), FILE_MAX);
		store_close(s);
		wipe(place);
	}
}

/* A file of version 1, in which the entries of each slot lie together, is read and brought to the new
 * form. */
static void test_version_1(void **state)
{
	const struct place *place = *state;
	static unsigned char now[FILE_MAX], old[FILE_MAX], again[FILE_MAX];
	struct err e;
	fill(place);
	struct store *s = open_settled(place);
	for (int i = 0; i < DONE; i++)
		assert_int_equal(store_post_done(s, 1, order[i], &e), 0);
	assert_int_equal(read_marks(place, now), FILE_MAX);
	memcpy(old, now, HEAD);
	assert_int_equal(old[14], '2');
	old[14] = '1';
	for (size_t i = 0; i < ENTRIES; i++)
		memcpy(old + HEAD + (i % 4 * 120 + i / 4) * ENTRY, now + HEAD + i * ENTRY, ENTRY);
	assert_int_equal(known_after(place, old, FILE_MAX), DONE);
	assert_int_equal(known_after(place, now, FILE_MAX), DONE);
	/* It has the new form before anything is delivered. */
	struct place copy = copy_of(place, old, FILE_MAX);
	chmod(copy.path, 0600);
	struct store *t = must_open(&copy, NULL, 0);
	assert_int_equal(read_marks(&copy, again), FILE_MAX);
	assert_memory_equal(again, now, HEAD);
	store_close(t);
	wipe(&copy);
	store_close(s);
}

/* A newer version's file is kept, told, and stays when the store is opened again; another takes its place. */
static void test_a_newer_version(void **state)
{
	const struct place *place = *state;
	static unsigned char now[FILE_MAX], again[FILE_MAX];
	char newer[160], said[2000];
	struct buf notice;
	struct err e;
	fill(place);
	struct store *s = open_settled(place), *t;
	for (int i = 0; i < DONE; i++)
		assert_int_equal(store_post_done(s, 1, order[i], &e), 0);
	assert_int_equal(read_marks(place, now), FILE_MAX);
	now[14] = '3';
	struct place copy = copy_of(place, now, FILE_MAX);
	chmod(copy.path, 0600);
	snprintf(newer, sizeof newer, "%s-marks.newer", copy.path);
	snprintf(said, sizeof said,
		 "%s-marks was written by a newer sealpost (version 3; this one knows 2) and is kept as %s",
		 copy.path, newer);
	for (int turn = 0; turn < 2; turn++) {
		buf_init(&notice, 2000);
		assert_int_equal(store_open(&(struct store_options){ .path = copy.path }, &t, &notice, &e),
				 0);
		assert_int_equal(strstr(buf_str(&notice), said) != NULL, turn == 0);
		assert_int_equal(known_to(t), 0);
		store_close(t);
		buf_done(&notice);
		int fd = open(newer, O_RDONLY);
		assert_int_equal(pread(fd, again, FILE_MAX, 0), FILE_MAX);
		assert_memory_equal(again, now, FILE_MAX);
		close(fd);
		assert_int_equal(read_marks(&copy, again), FILE_MAX);
		assert_int_equal(again[14], '2');
	}
	unlink(newer);
	wipe(&copy);
	store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_death_between_any_two_instructions),
		TEST(test_torn_entries),
		TEST(test_random_deaths_within_a_window),
		TEST(test_a_file_that_is_cut),
		cmocka_unit_test_setup_teardown(test_version_1, setup, teardown),
		TEST(test_a_newer_version),
	};
	return cmocka_run_group_tests(tests, install, NULL);
}
