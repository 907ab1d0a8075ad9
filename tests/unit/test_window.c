/* SPDX-License-Identifier: MIT */
/* Changes that are taken back unless they are confirmed: a model of it, against which 100,000 random
 * sequences of changes, confirmations, kills, failing disks and clock steps are played, on a simulated disk
 * and clock. */
#include "confirm/window.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { KEYS = 8, SEQUENCES = 100000, STEPS = 14 };

/* What survives a kill: the values, and the window's file. */
struct disk {
	char value[KEYS]; /* 0: there is none */
	struct buf file;
};

struct world {
	struct disk disk;
	struct window *window;
	int64_t now_ms;
	uint64_t random;
	/* after so many effects on the disk the process is dead: what it does afterwards has none; -1: it
	 * lives on */
	int fuse;
	int is_dead, is_full; /* is_full: nothing can be written */
	/* the model: what the values are without the window, and what it has made */
	char base[KEYS], after[KEYS];
	int holds[KEYS];
	int was_held[KEYS]; /* since the window was opened, and perhaps in its file still */
	long saves;
	long confirmed, taken_back, killed, third; /* how often that happened, so that none is missed */
};

static uint32_t chance(struct world *w, uint32_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(w->random >> 33) % below;
}

/* One effect on the disk: returns 1 if it takes place. The fuse may burn through just before or just after.
 * */
static int takes_place(struct world *w)
{
	if (w->is_dead)
		return 0;
	if (w->fuse != 0) {
		w->fuse -= w->fuse > 0;
		return 1;
	}
	w->is_dead = 1;
	return (int)chance(w, 2);
}

static int key_number(const char *key)
{
	return key[1] - '0';
}

static char *get(void *arg, const char *key)
{
	struct world *w = arg;
	char text[2] = { w->disk.value[key_number(key)], 0 };
	return *text ? mem_dup(text) : NULL;
}

/* Two kinds of values, one after the other, as settings and roots are. */
static int put(void *arg, const struct window_value *values, size_t n, struct err *e)
{
	struct world *w = arg;
	for (int kind = 0; kind < 2; kind++) {
		if (w->is_full)
			return err_set(e, ERR_IO, 0, "the disk is full");
		if (!takes_place(w))
			continue;
		for (size_t i = 0; i < n; i++)
			if (key_number(values[i].key) / (KEYS / 2) == kind)
				w->disk.value[key_number(values[i].key)] =
					values[i].text ? *values[i].text : 0;
	}
	return 0;
}

static int save(void *arg, const struct buf *body, struct err *e)
{
	struct world *w = arg;
	if (w->is_full)
		return err_set(e, ERR_IO, 0, "the disk is full");
	if (!takes_place(w))
		return 0;
	w->saves++;
	buf_reset(&w->disk.file);
	buf_add(&w->disk.file, body->data ? body->data : "", body->len);
	return 0;
}

static void start(struct world *w)
{
	const struct window_world functions = { get, put, save, w };
	w->is_dead = 0;
	w->fuse = -1;
	w->window = window_new(&functions, &w->disk.file, w->now_ms);
}

static void world_init(struct world *w, uint64_t seed)
{
	*w = (struct world){ .random = seed * 7919 + 17, .now_ms = 1000 };
	buf_init(&w->disk.file, WINDOW_FILE_MAX);
	for (int i = 0; i < KEYS; i++)
		w->disk.value[i] = w->base[i] = (char)(chance(w, 4) ? 'a' + (int)chance(w, 4) : 0);
	start(w);
}

static void world_done(struct world *w)
{
	window_free(w->window);
	buf_done(&w->disk.file);
}

/* --- the model --- */

static char expected(const struct world *w, int i)
{
	return w->holds[i] ? w->after[i] : w->base[i];
}

static int is_as(const struct world *w, int with_window)
{
	for (int i = 0; i < KEYS; i++)
		if (w->disk.value[i] != (with_window ? expected(w, i) : w->base[i]))
			return 0;
	return 1;
}

static void forget_window(struct world *w)
{
	memset(w->holds, 0, sizeof w->holds);
	memset(w->was_held, 0, sizeof w->was_held);
}

/* While the process lives: the values are those before the window, or all that it has made. */
static void check(struct world *w)
{
	if (window_state(w->window) == WINDOW_OPEN) {
		assert_true(is_as(w, 1));
	} else if (window_state(w->window) == WINDOW_CLOSED) {
		assert_true(is_as(w, 0));
		forget_window(w);
	}
}

/* A killed process is started again. What it was doing has been done as a whole, or not at all. */
static void restart(struct world *w)
{
	window_free(w->window);
	w->is_full = 0;
	w->killed++;
	start(w);
	w->third += window_state(w->window) == WINDOW_OPEN && window_left_ms(w->window) == 0;
	window_tick(w->window, w->now_ms);
	check(w);
}

/* --- steps --- */

static void open_one(struct world *w)
{
	char keys[KEYS][16], texts[KEYS][2];
	struct window_value values[KEYS];
	struct err e;
	size_t n = 0;
	for (int i = 0; i < KEYS; i++)
		if (chance(w, 2)) {
			texts[n][0] = (char)(chance(w, 5) ? 'a' + (int)chance(w, 4) : 0);
			texts[n][1] = 0;
			snprintf(keys[n], sizeof keys[n], "k%d", i);
			values[n] = (struct window_value){ keys[n], texts[n][0] ? texts[n] : NULL };
			n++;
		}
	struct window_opening o = { .owner = chance(w, 3) ? WINDOW_ADMIN : WINDOW_MANAGER,
				    .who = "somebody",
				    .ms = 60000 * (1 + (int)chance(w, 3)),
				    .after = values,
				    .n = n };
	if (window_open(w->window, &o, w->now_ms, &e) < 0)
		return;
	if (!w->is_dead && (w->is_full || chance(w, 12) == 0)) { /* the values cannot be made */
		window_undo(w->window);
		return;
	}
	if (takes_place(w)) /* as one, in contrast to taking back */
		for (size_t i = 0; i < n; i++)
			w->disk.value[key_number(keys[i])] = texts[i][0];
	for (size_t i = 0; i < n; i++) {
		int k = key_number(keys[i]);
		w->holds[k] = w->base[k] != texts[i][0];
		w->was_held[k] = w->holds[k];
		w->after[k] = texts[i][0];
	}
	if (w->is_dead && is_as(w, 0)) /* the kill came before that */
		forget_window(w);
}

/* Somebody else sets a value, to anything but what the window has made of it: a kill between that and the
 * window's file would leave it in the window. */
static void change(struct world *w)
{
	int k = (int)chance(w, KEYS);
	char key[16], value = (char)(chance(w, 5) ? 'a' + (int)chance(w, 4) : 0);
	if (w->is_full || (w->was_held[k] && value == w->after[k]) ||
	    window_state(w->window) == WINDOW_TAKING_BACK)
		return;
	if (!takes_place(w))
		return;
	w->disk.value[k] = w->base[k] = value;
	w->holds[k] = 0;
	snprintf(key, sizeof key, "k%d", k);
	window_touched(w->window, key);
}

static void confirm(struct world *w)
{
	struct err e;
	int was_open = window_state(w->window) == WINDOW_OPEN;
	if (window_confirm(w->window, &e) < 0 || !was_open)
		return;
	/* a kill during it leaves the window in its file, or does not: both are right */
	if (w->is_dead && w->disk.file.len && strstr(buf_str(&w->disk.file), "owner"))
		return;
	for (int i = 0; i < KEYS; i++)
		w->base[i] = expected(w, i);
	forget_window(w);
	w->confirmed++;
}

static void step(struct world *w)
{
	switch (chance(w, 10)) {
	case 0:
	case 1: open_one(w); break;
	case 2: change(w); break;
	case 3: confirm(w); break;
	case 4: w->fuse = (int)chance(w, 4); break;
	case 5: w->is_full = chance(w, 3) == 0; break;
	case 6:
		w->now_ms -=
			(int64_t)chance(w, 100000); /* nobody's clock does that, and nothing depends on it */
		window_tick(w->window, w->now_ms);
		break;
	case 7: w->taken_back += window_take_back(w->window) == WINDOW_TAKEN_BACK; break;
	default:
		w->now_ms += (int64_t)chance(w, 25000);
		w->taken_back += window_tick(w->window, w->now_ms) == WINDOW_TAKEN_BACK;
	}
	if (w->is_dead || chance(w, 25) == 0)
		restart(w);
	else
		check(w);
}

/* All that is still open is taken back. */
static void settle(struct world *w)
{
	w->is_full = 0;
	w->fuse = -1;
	for (int i = 0; i < 3; i++) {
		window_tick(w->window, w->now_ms += 3600000);
		check(w);
	}
	assert_int_equal(window_state(w->window), WINDOW_CLOSED);
	assert_true(is_as(w, 0));
	assert_int_equal(w->disk.file.len, 0);
}

static void values_are_those_before_or_those_confirmed(void **state)
{
	(void)state;
	long confirmed = 0, taken_back = 0, killed = 0, third = 0;
	for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
		struct world w;
		world_init(&w, seed);
		for (int i = 0; i < STEPS; i++)
			step(&w);
		settle(&w);
		confirmed += w.confirmed;
		taken_back += w.taken_back;
		killed += w.killed;
		third += w.third;
		world_done(&w);
	}
	print_message("%ld confirmed, %ld taken back, %ld kills, %ld third starts\n", confirmed, taken_back,
		      killed, third);
	assert_true(confirmed > 1000 && taken_back > 1000 && killed > 1000 && third > 100);
}

/* --- single rules --- */

static int open_k0(struct world *w, enum window_owner owner, const char *text)
{
	struct window_value v = { "k0", text };
	struct window_opening o = { .owner = owner, .who = "somebody", .ms = 60000, .after = &v, .n = 1 };
	struct err e;
	if (window_open(w->window, &o, w->now_ms, &e) < 0)
		return -1;
	w->disk.value[0] = *text;
	return 0;
}

static void time_off_does_not_count(void **state)
{
	(void)state;
	struct world w;
	world_init(&w, 1);
	char before = w.disk.value[0];
	assert_int_equal(open_k0(&w, WINDOW_ADMIN, "z"), 0);
	window_tick(w.window, w.now_ms += 25000);
	window_tick(w.window, w.now_ms += 5000);
	w.now_ms += 86400000; /* off */
	window_free(w.window);
	start(&w);
	assert_int_equal(window_left_ms(w.window), 35000); /* as it was written last */
	assert_int_equal(window_tick(w.window, w.now_ms += 34000), WINDOW_NOTHING);
	assert_int_equal(w.disk.value[0], 'z');
	assert_int_equal(window_tick(w.window, w.now_ms += 1000), WINDOW_TAKEN_BACK);
	assert_int_equal(w.disk.value[0], before);
	world_done(&w);
}

static void the_third_start_takes_back(void **state)
{
	(void)state;
	struct world w;
	world_init(&w, 2);
	char before = w.disk.value[0];
	assert_int_equal(open_k0(&w, WINDOW_ADMIN, "z"), 0);
	for (int starts = 1; starts < WINDOW_STARTS_MAX; starts++) {
		window_free(w.window);
		start(&w);
		assert_int_equal(window_tick(w.window, w.now_ms), WINDOW_NOTHING);
		assert_int_equal(w.disk.value[0], 'z');
	}
	window_free(w.window);
	start(&w);
	assert_int_equal(window_tick(w.window, w.now_ms), WINDOW_TAKEN_BACK);
	assert_int_equal(w.disk.value[0], before);
	world_done(&w);
}

static void a_manager_opens_one_an_hour(void **state)
{
	(void)state;
	struct world w;
	struct err e;
	world_init(&w, 3);
	assert_int_equal(open_k0(&w, WINDOW_MANAGER, "z"), 0);
	assert_int_equal(open_k0(&w, WINDOW_ADMIN, "y"), -1);
	assert_int_equal(window_confirm(w.window, &e), 0);
	for (int i = 0; i < 59; i++)
		window_tick(w.window, w.now_ms += 60000);
	assert_in_range(w.saves, 3, 15); /* not one each ten seconds, nor each minute */
	assert_int_equal(open_k0(&w, WINDOW_MANAGER, "y"), -1);
	window_free(
		w.window); /* a restart does not shorten it, and makes it longer by five minutes at most */
	start(&w);
	assert_in_range(window_manager_wait_ms(w.window), 60000, 60000 + WINDOW_SAVE_WAIT_MS);
	window_tick(w.window, w.now_ms += window_manager_wait_ms(w.window));
	assert_int_equal(w.disk.file.len, 0);
	assert_int_equal(open_k0(&w, WINDOW_MANAGER, "y"), 0);
	world_done(&w);
}

static void what_others_changed_stays(void **state)
{
	(void)state;
	struct world w;
	struct err e;
	world_init(&w, 4);
	char before = w.disk.value[1];
	struct window_value v[] = { { "k0", "z" }, { "k1", "z" } };
	struct window_opening o = { .who = "somebody", .ms = 60000, .after = v, .n = 2 };
	assert_int_equal(window_open(w.window, &o, w.now_ms, &e), 0);
	w.disk.value[0] = w.disk.value[1] = 'z';
	window_touched(w.window, "k0"); /* somebody set the same value again: that is his */
	assert_int_equal(window_take_back(w.window), WINDOW_TAKEN_BACK);
	assert_int_equal(w.disk.value[0], 'z');
	assert_int_equal(w.disk.value[1], before);
	assert_int_equal(window_confirm(w.window, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	world_done(&w);
}

/* What somebody changed and changed back is his as well. */
static void what_others_changed_and_gave_back_stays(void **state)
{
	(void)state;
	struct world w;
	world_init(&w, 6);
	char before = w.disk.value[1];
	struct window_value v[] = { { "k0", "z" }, { "k1", "z" } };
	struct window_opening o = { .who = "somebody", .ms = 60000, .after = v, .n = 2 };
	struct err e;
	assert_int_equal(window_open(w.window, &o, w.now_ms, &e), 0);
	w.disk.value[0] = w.disk.value[1] = 'z';
	assert_int_equal(window_touched(w.window, NULL), WINDOW_NOTHING);
	w.disk.value[0] = 'y';
	assert_int_equal(window_touched(w.window, NULL), WINDOW_NOTHING);
	w.disk.value[0] = 'z';
	assert_int_equal(window_take_back(w.window), WINDOW_TAKEN_BACK);
	assert_int_equal(w.disk.value[0], 'z');
	assert_int_equal(w.disk.value[1], before);
	world_done(&w);
}

/* An administrator's change is compared with what is there after a manager's was taken back; a value that
 * somebody else has set since stays. */
static void a_check_before_a_managers_is_ended(void **state)
{
	(void)state;
	struct world w;
	struct err e;
	world_init(&w, 6);
	char before[2] = { w.disk.value[0] = 'a', 0 };
	const struct window_value value = { "k0", before };
	struct window_opening o = { .owner = WINDOW_ADMIN, .who = "", .after = &value, .n = 1 };
	assert_int_equal(open_k0(&w, WINDOW_MANAGER, "z"), 0);
	assert_true(window_is_ended_by(w.window, WINDOW_ADMIN));
	assert_false(window_is_ended_by(w.window, WINDOW_MANAGER));
	assert_int_equal(window_check(w.window, &o, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	w.disk.value[0] = 'y';
	assert_int_equal(window_check(w.window, &o, &e), 0);
	o.owner = WINDOW_MANAGER;
	assert_int_equal(window_check(w.window, &o, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(window_state(w.window), WINDOW_OPEN);
	world_done(&w);
}

static void nothing_and_damage_open_no_window(void **state)
{
	(void)state;
	struct world w;
	struct err e;
	world_init(&w, 5);
	char same[2] = { w.disk.value[0] ? w.disk.value[0] : 'a', 0 };
	w.disk.value[0] = *same;
	assert_int_equal(open_k0(&w, WINDOW_ADMIN, same), -1);
	assert_int_equal(open_k0(&w, WINDOW_MANAGER, same), -1);
	assert_int_equal(window_manager_wait_ms(w.window), 0); /* it does not count */
	assert_int_equal(w.disk.file.len, 0);
	assert_int_equal(open_k0(&w, WINDOW_ADMIN, "z"), 0);
	size_t len = w.disk.file.len;
	for (size_t cut = 1; cut < len;
	     cut++) { /* a shortened file is no window, or one without its last values */
		struct buf part;
		const struct window_world functions = { get, put, save, &w };
		buf_init(&part, WINDOW_FILE_MAX);
		buf_add(&part, w.disk.file.data, cut);
		w.is_full = 1; /* keep the file */
		struct window *other = window_new(&functions, &part, 0);
		assert_int_equal(window_state(other), WINDOW_CLOSED);
		window_free(other);
		buf_done(&part);
	}
	w.is_full = 0;
	assert_int_equal(window_confirm(w.window, &e), 0);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_before_or_those_confirmed),
		cmocka_unit_test(time_off_does_not_count),
		cmocka_unit_test(the_third_start_takes_back),
		cmocka_unit_test(a_manager_opens_one_an_hour),
		cmocka_unit_test(what_others_changed_stays),
		cmocka_unit_test(what_others_changed_and_gave_back_stays),
		cmocka_unit_test(a_check_before_a_managers_is_ended),
		cmocka_unit_test(nothing_and_damage_open_no_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
