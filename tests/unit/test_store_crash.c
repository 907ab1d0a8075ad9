/* kill -9 at random points of adding, committing, delivering and marking: nothing acknowledged is lost, the order of each
 * slot is kept, and what is delivered twice is what was in flight. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100, PER_SLOT_MAX = 200000 };

/* What the child tells: 'A' acknowledged up to this sequence, 'D' the server has got it, 'R' registration number. */
struct report { char what; int slot; int64_t number; };

struct world {
	char path[96];
	int64_t acknowledged[STORE_SLOTS + 1], received[STORE_SLOTS + 1];	/* highest, over all lives */
	int64_t registered;
	long repeats, delivered, most;
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void tell(int pipe, char what, int slot, int64_t number)
{
	struct report r;
	memset(&r, 0, sizeof r);
	r.what = what, r.slot = slot, r.number = number;
	if (write(pipe, &r, sizeof r) != (ssize_t)sizeof r)
		_exit(3);
}

static int publish(struct store *s, uint64_t *random, int64_t *last)
{
	struct err e;
	char body[2000];
	unsigned n = 1 + (unsigned)next_random(random) % 20;
	for (unsigned i = 0; i < n; i++) {
		int slot = 1 + (int)(next_random(random) % STORE_SLOTS);
		struct store_slot now;
		store_slot_get(s, slot, &now);
		int len = snprintf(body, sizeof body, "%d:%lld:%*s", slot, (long long)now.next_sequence,
				   (int)(next_random(random) % 1500), "");
		if (store_post_add(s, slot, 0, 0, body, (size_t)len, &last[slot], &e) < 0)
			return -1;
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
	static const unsigned eagerness[] = { 5, 20, 60 };	/* so that queues grow in one life and drain in another */
	unsigned eager = eagerness[next_random(&seed) % 3];
	int64_t last[STORE_SLOTS + 1] = { 0 }, registered;
	if (store_open(&o, &s, NULL, &e) < 0)
		_exit(2);
	registered = store_registration_get(s, 1, &r) == 0 ? r.registered_at : 0;
	for (unsigned turn = 0;; turn++) {
		if (publish(s, &seed, last) < 0)
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
				tell(pipe, 'A', slot, last[slot]);
		tell(pipe, 'R', 1, registered);
		for (unsigned n = (unsigned)next_random(&seed) % eager; n > 0; n--) {
			int slot = 1 + (int)(next_random(&seed) % STORE_SLOTS);
			struct store_post p;
			if (store_post_next(s, slot, 0, &p, &e) == 0) {
				tell(pipe, 'D', slot, p.sequence);
				if (store_post_done(s, slot, p.sequence, &e) < 0)
					_exit(7);
			}
			free(p.body);
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
	case 'R':
		w->registered = r->number;
		break;
	default:
		/* In order, without holes; a repeat is the very last one, of the life before. */
		w->delivered++;
		if (r->number == *received)
			w->repeats++;
		else
			assert_int_equal(r->number, *received + 1);
		*received = r->number;
	}
}

static void one_life(struct world *w, uint64_t seed)
{
	int ends[2], status;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		live(w->path, ends[1], seed);
	}
	close(ends[1]);
	/* Read while it lives, so that the pipe never holds it back; the time of death is random. */
	struct timespec until, now;
	clock_gettime(CLOCK_MONOTONIC, &until);
	long delay_us = (long)(next_random(&seed) % 25000) + 500;
	struct report r;
	int killed = 0;
	while (read(ends[0], &r, sizeof r) == (ssize_t)sizeof r) {
		hear(w, &r);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (!killed && (now.tv_sec - until.tv_sec) * 1000000 + (now.tv_nsec - until.tv_nsec) / 1000 > delay_us)
			killed = !kill(child, SIGKILL);
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
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
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		struct store_post p;
		struct store_slot counted;
		int64_t expected = 0, at = 0;
		uint64_t n = 0;
		store_slot_get(s, slot, &counted);
		while (store_post_next(s, slot, at, &p, &e) == 0) {
			char start[64];
			if (!expected) {	/* the last one received may not have been marked */
				int64_t last = w->received[slot];
				assert_in_range(p.sequence, last ? last : 1, last + 1);
				expected = p.sequence;
			}
			assert_int_equal(p.sequence, expected++);
			snprintf(start, sizeof start, "%d:%lld:", slot, (long long)p.sequence);
			assert_int_equal(strncmp(p.body, start, strlen(start)), 0);
			at = p.sequence;
			n++;
			free(p.body);
		}
		assert_true((at ? at : w->received[slot]) >= w->acknowledged[slot]);
		assert_int_equal(counted.queued, n);
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
	for (int i = 0; i < ROUNDS; i++) {
		one_life(&w, next_random(&random) << 20);
		if (i % 3 == 0)		/* else the next life itself finds what is left */
			inspect(&w);
	}
	inspect(&w);
	print_message("%d deaths, %ld deliveries, %ld repeats, %ld queued at most\n", ROUNDS, w.delivered, w.repeats, w.most);
	assert_true(w.delivered > ROUNDS);
	assert_true(w.repeats <= ROUNDS * STORE_SLOTS);
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
