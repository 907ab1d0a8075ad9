/* SPDX-License-Identifier: MIT */
/* kill -9 while files are replaced: the log moves to the file, a large file gives its space back, a damaged
 * one is set aside. */
#include "faults.h"
#include "killed.h"

/* Posts of slot 1, of slot 2, and of those the last ones, with which the file becomes small. */
enum { PAGE = 4096, SMALL = 60, LARGE = 4600, LEFT = 280 };

static void fill(struct store *s, int slot, int n, int len)
{
	struct err e;
	char *body = calloc(1, (size_t)len + 1);
	for (int i = 1; i <= n; i++) {
		int64_t sequence;
		memset(body, ' ', (size_t)len);
		snprintf(body, 12, "%d", i);
		assert_int_equal(store_post_add(s, slot, 0, 0, body, (size_t)len, &sequence, &e), 0);
	}
	free(body);
	assert_int_equal(store_commit(s, &e), 0);
}

static void register_one(struct store *s)
{
	static const struct store_registration r = {
		.slot = 1, .url = "https://host.example/", .n = 1, .expressions = { "/Status" }
	};
	struct err e;
	assert_int_equal(store_register(s, &r, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
}

/* How many posts of slot 1 there are, each with its own content. */
static int count(struct store *s)
{
	struct err e;
	struct store_post p;
	struct store_registration r;
	int n = 0, got;
	assert_int_equal(store_registration_get(s, 1, &r), 0);
	assert_string_equal(r.expressions[0], "/Status");
	for (int64_t at = 0; (got = store_post_next(s, 1, at, &p, &e)) == 0; at = p.sequence, n++) {
		assert_int_equal(strtoll(p.body, NULL, 10), p.sequence);
		free(p.body);
	}
	assert_int_equal(got, 1);
	return n;
}

static void model_of(const struct place *p, struct place *ret)
{
	*ret = *p;
	snprintf(ret->path, sizeof ret->path, "%s/model.db", p->folder);
}

/* Death after each of these calls in turn; inspect looks at what is left. How many deaths; 0: nobody can be
 * traced here. */
static long die(const struct place *place, long step, int (*fn)(void *arg),
		void (*inspect)(const struct place *place))
{
	struct place model, copy = *place;
	long calls, deaths = 0, r = 1;
	model_of(place, &model);
	for (long nth = 0; r == 1; nth += step) {
		wipe(place);
		copy_file(model.path, place->path, size_of(model.path));
		r = killed_at(nth, fn, &copy, &calls);
		if (r < 0)
			return 0;
		deaths += r;
		inspect(place);
	}
	wipe(&model);
	return deaths;
}

/* --- the log's pages move, and a large file shrinks --- */

static int deliver_it(void *arg)
{
	struct store_options o = { .path = ((struct place *)arg)->path };
	struct store *s;
	struct err e;
	int r = store_open(&o, &s, NULL, &e);
	for (int64_t i = LARGE - LEFT + 1; r == 0 && i <= LARGE; i++)
		r = store_post_done(s, 2, i, &e);
	store_close(s);
	return r;
}

static void what_was_not_delivered_is_there(const struct place *place)
{
	struct err e;
	struct store_slot slot;
	struct store_post p = { .sequence = 0 };
	struct store *s = must_open(place, NULL, 0);
	assert_int_equal(count(s), SMALL);
	store_slot_get(s, 2, &slot);
	assert_int_equal(slot.next_sequence, LARGE + 1);
	assert_int_equal(slot.delivered + slot.queued, LARGE);
	assert_int_equal(store_post_next(s, 2, 0, &p, &e), slot.queued ? 0 : 1);
	assert_int_equal(p.sequence, slot.queued ? (int64_t)slot.delivered + 1 : 0);
	free(p.body);
	store_close(s);
}

static void killed_while_it_shrinks(void **state)
{
	struct place *place = *state, model, copy = *place;
	long calls;
	struct err e;
	model_of(place, &model);
	struct store *s = must_open(&model, NULL, 0);
	register_one(s);
	fill(s, 1, SMALL, 100);
	fill(s, 2, LARGE, 4000);
	for (int64_t i = 1; i <= LARGE - LEFT; i++)
		assert_int_equal(store_post_done(s, 2, i, &e), 0);
	store_close(s);
	copy_file(model.path, place->path, size_of(model.path));
	if (killed_at(LONG_MAX / 4, deliver_it, &copy, &calls) < 0)
		skip();
	assert_true(size_of(place->path) < size_of(model.path) / 10); /* it did */
	long deaths = die(place, crash_step(calls / 7), deliver_it, what_was_not_delivered_is_there);
	print_message("%ld deaths in %ld calls\n", deaths, calls);
	assert_true(deaths > 4);
}

/* --- a damaged file is set aside --- */

static int open_it(void *arg)
{
	struct store_options o = { .path = ((struct place *)arg)->path };
	struct store *s;
	struct err e;
	if (store_open(&o, &s, NULL, &e) < 0)
		return -1;
	store_close(s);
	return 0;
}

/* The page that is destroyed holds a few posts; all others are there, whoever carried them over. */
static void all_that_can_be_read_is_there(const struct place *place)
{
	char notice[2000];
	struct store_slot slot;
	struct store *s = must_open(place, notice, sizeof notice);
	int n = count(s);
	assert_in_range(n, SMALL - 8, SMALL - 1);
	store_slot_get(s, 1, &slot);
	assert_int_equal(slot.queued, n);
	assert_int_equal(slot.next_sequence, SMALL + 1);
	store_close(s);
	s = must_open(place, NULL, 0);
	assert_int_equal(count(s), n);
	store_close(s);
}

static void killed_while_it_is_set_aside(void **state)
{
	struct place *place = *state, model;
	char junk[PAGE];
	model_of(place, &model);
	struct store *s = must_open(&model, NULL, 0);
	register_one(s);
	fill(s, 1, SMALL, 1000);
	store_close(s);
	int fd = open(model.path, O_WRONLY);
	memset(junk, 0xa5, sizeof junk);
	assert_int_equal(pwrite(fd, junk, sizeof junk, size_of(model.path) / PAGE * 3 / 4 * PAGE),
			 sizeof junk);
	close(fd);
	long deaths = die(place, crash_step(53), open_it, all_that_can_be_read_is_there);
	if (!deaths)
		skip();
	print_message("%ld deaths\n", deaths);
	assert_true(deaths > 4);
}

/* Destroys the page at this part of the file, in hundredths. */
static void destroy(const struct place *p, int hundredths)
{
	char junk[PAGE];
	int fd = open(p->path, O_WRONLY);
	memset(junk, 0xa5, sizeof junk);
	off_t pages = size_of(p->path) / PAGE, at = pages * hundredths / 100;
	assert_int_equal(pwrite(fd, junk, sizeof junk, (at < pages ? at : pages - 1) * PAGE), sizeof junk);
	close(fd);
}

static void add_line(struct store *s, int number)
{
	char text[200];
	struct err e;
	snprintf(text, sizeof text, "line %03d%180s", number, "");
	assert_int_equal(store_syslog_add(s, text, strlen(text), &e), 0);
}

/* Reads all lines, in order: each has its own number. Returns how many there are. */
static int lines_from(struct store *s, int64_t first)
{
	struct err e;
	struct buf b;
	int64_t n = 0, last = 0;
	int lines = 0;
	buf_init(&b, 1000);
	for (; store_syslog_next(s, last, &n, &b, &e) == 0; last = n, lines++) {
		assert_true(n > last && n >= first);
		assert_int_equal(strtol(buf_str(&b) + 5, NULL, 10), n);
		buf_reset(&b);
	}
	buf_done(&b);
	return lines;
}

/* Log lines that wait are carried over with their numbers, and the next one has a number of its own. */
static void log_lines_after_a_repair(void **state)
{
	enum { LINES = 200, SENT = 20, LEFT_OVER = LINES - SENT };
	struct place *place = *state;
	char notice[2000];
	struct err e;
	struct store *s = must_open(place, NULL, 0);
	register_one(s);
	fill(s, 1, SMALL, 1000);
	for (int i = 1; i <= LINES; i++)
		add_line(s, i);
	assert_int_equal(store_syslog_delete(s, SENT, &e), 0);
	assert_int_equal(store_commit(s, &e), 0);
	store_close(s);
	destroy(place, 50); /* a page of posts */
	s = must_open(place, notice, sizeof notice);
	assert_non_null(strstr(notice, "the file is damaged"));
	assert_int_equal(store_syslog_count(s, 0), LEFT_OVER);
	assert_int_equal(lines_from(s, SENT + 1), LEFT_OVER);
	add_line(s, LINES + 1);
	assert_int_equal(store_commit(s, &e), 0);
	assert_int_equal(lines_from(s, SENT + 1), LEFT_OVER + 1);
	store_close(s);
	s = must_open(place, NULL, 0);
	assert_int_equal(lines_from(s, SENT + 1), LEFT_OVER + 1);
	store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = { TEST(killed_while_it_shrinks), TEST(killed_while_it_is_set_aside),
					    TEST(log_lines_after_a_repair) };
	return cmocka_run_group_tests_name("store rotation", tests, install, NULL);
}
