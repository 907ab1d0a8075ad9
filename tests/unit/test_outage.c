/* SPDX-License-Identifier: MIT */
/* Three days without the server, on a clock that the test moves: three restarts, a date that jumps by ten
 * years and is lost, a store on disk. Everything arrives, in order, and the log stays short. */
#include "../../src/delivery/courier.h"

#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MINUTE_MS = 60 * 1000,
	STEP_MS = 5 * MINUTE_MS,
	HOUR = 12,
	DAY = 24 * HOUR,
	OUTAGE = 72 * HOUR
}; /* steps */

struct world {
	struct loop *loop;
	struct store *store;
	struct courier *courier;
	char path[64];
	int step;
	int64_t next; /* the number that must arrive next */
	int lines, lines_today;
	int is_shifted; /* the date is what the test says: so far from the beginning */
	int64_t shift;
	int flaps; /* the link comes and goes, and every other connection leads to a server that refuses */
	unsigned attempts;
	char last_line[400];
};

/* --- the https that is played: it answers a turn later --- */

struct https_endpoint {
	struct https *world;
	struct loop_timer *timer;
	int64_t number; /* in the body of the post under way */
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};

static int is_down(const struct world *w)
{
	return w->step > HOUR && w->step <= HOUR + OUTAGE;
}

/* Two servers take turns: one that has still its self-signed certificate, or is overloaded, and a good one,
 * to which the link is up in some minutes only. */
static void flap(struct world *w, const struct https_endpoint *p, struct https_reply *r)
{
	int minute = (int)(loop_now_ms(w->loop) / MINUTE_MS);
	if (w->attempts++ % 2 && minute % 3)
		err_set(&r->err, ERR_TLS, 18, "certificate verification failed: self-signed");
	else if (w->attempts % 2 == 0)
		r->status = 503;
	else if (minute * 2654435761u >> 30 == 0)
		err_set(&r->err, ERR_NET, ENETUNREACH, "no connection");
	else {
		assert_int_equal(p->number, w->next);
		w->next++;
		r->status = 200;
	}
}

static void reply(void *arg)
{
	struct https_endpoint *p = arg;
	struct world *w = (struct world *)p->world;
	struct https_reply r = { .retry_after_s = -1, .verify_code = -1, .content_type = "", .body = "" };
	if (w->flaps) {
		flap(w, p, &r);
	} else if (is_down(w)) {
		/* The ways to fail take turns, as they do in a long outage. */
		static const enum err_kind kinds[] = { ERR_NET, ERR_TIMEOUT, ERR_NET, ERR_TLS };
		err_set(&r.err, kinds[w->step / 3 % 4], w->step / 3 % 4, "played failure %d",
			w->step / 3 % 4);
	} else {
		assert_int_equal(p->number, w->next);
		w->next++;
		r.status = 200;
	}
	p->done(p->arg, &r);
}

int https_endpoint_new(struct https *h, const struct https_endpoint_options *o, struct https_endpoint **ret,
		       struct err *e)
{
	(void)o, (void)e;
	struct https_endpoint *p = mem_new(sizeof *p);
	p->world = h;
	p->timer = loop_timer_new(((struct world *)h)->loop, reply, p);
	*ret = p;
	return 0;
}

int https_is_connected(const struct https_endpoint *p)
{
	(void)p;
	return 1;
}

int https_is_connecting(const struct https_endpoint *p)
{
	(void)p;
	return 0;
}

void https_endpoint_free(struct https_endpoint *p)
{
	if (p)
		loop_timer_free(p->timer);
	free(p);
}

int https_post(struct https_endpoint *p, const void *body, size_t len, const char *const *extra, size_t n,
	       void (*done)(void *arg, const struct https_reply *reply), void *arg, struct err *e)
{
	(void)len, (void)extra, (void)n, (void)e;
	p->number = strtoll(body, NULL, 10);
	p->done = done;
	p->arg = arg;
	loop_timer_in(p->timer, 0);
	return 0;
}

/* --- the agent around it --- */

static void changed(void *arg, int slot)
{
	(void)arg, (void)slot;
}

static void dirty(void *arg)
{
	struct err e;
	assert_int_equal(store_commit(((struct world *)arg)->store, &e), 0);
}

/* Ten years ahead for four hours, ten years back for four, not known after the last restart, ahead again to
 * the end and beyond. */
static int64_t now(void *arg)
{
	const struct world *w = arg;
	int64_t date = 1790000000 + w->step * INT64_C(300), ten_years = INT64_C(10) * 365 * 86400;
	int h = w->step / HOUR;
	if (w->is_shifted)
		return 1790000000 + w->shift;
	return h >= 20 && h < 24   ? date + ten_years
	       : h >= 40 && h < 44 ? date - ten_years
	       : h >= 50 && h < 52 ? 0
	       : h >= 60           ? date + ten_years
				   : date;
}

static const struct wire_identity *identity(void *arg)
{
	static const struct wire_identity who = { .mac_address = "00:50:60:00:00:01" };
	(void)arg;
	return &who;
}

static void gap(void *arg, int slot, const struct store_slot *s, struct buf *body)
{
	(void)slot, (void)s;
	if (!((struct world *)arg)->is_shifted)
		fail_msg("something was dropped");
	buf_addf(body, "0");
}

static void heard(void *arg, enum log_level level, const char *line)
{
	struct world *w = arg;
	(void)level;
	snprintf(w->last_line, sizeof w->last_line, "%s", line);
	w->lines++;
	w->lines_today++;
}

static void start(struct world *w)
{
	struct store_options so = { .path = w->is_shifted ? NULL : w->path,
				    .max_count = 100000,
				    .max_bytes = 64 << 20,
				    .max_age_s = 7 * 86400 };
	struct courier_target t = {
		.server = { .service = SERVICE_FEEDBACK, .url = "https://far.test/", .verify = 1 },
		.window = 1
	};
	struct err e;
	if (store_open(&so, &w->store, NULL, &e) < 0)
		fail_msg("%s", e.text);
	struct courier_options co = { .loop = w->loop,
				      .store = w->store,
				      .https = (struct https *)w,
				      .changed = changed,
				      .dirty = dirty,
				      .now = now,
				      .identity = identity,
				      .gap = gap,
				      .arg = w };
	w->courier = courier_new(&co);
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
}

static void restart(struct world *w)
{
	courier_free(w->courier);
	store_close(w->store);
	start(w);
}

static void publish(struct world *w, int number)
{
	char body[16];
	int64_t sequence;
	struct err e;
	int len = snprintf(body, sizeof body, "%d", number);
	assert_int_equal(store_post_add(w->store, 1, 0, now(w), body, (size_t)len, &sequence, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	courier_wake(w->courier, 1u << 1);
}

static void remove_world(struct world *w, const char *folder)
{
	static const char *const ends[] = { "", "-wal", "-marks" };
	char name[80];
	log_set_tap(NULL, NULL);
	courier_free(w->courier);
	store_close(w->store);
	loop_free(w->loop);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", w->path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

static void three_days_of_outage_lose_nothing(void **state)
{
	struct world w = { .loop = loop_new_sim(), .next = 1 };
	struct store_slot s;
	char folder[] = "/tmp/test-outage-XXXXXX";
	int number = 0;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(w.path, sizeof w.path, "%s/store.db", folder);
	log_set_tap(heard, &w);
	start(&w);
	for (w.step = 1; w.step <= OUTAGE + 3 * HOUR; w.step++) {
		publish(&w, ++number);
		loop_sim_advance(w.loop, STEP_MS);
		if (w.step == 12 * HOUR || w.step == 30 * HOUR || w.step == 50 * HOUR)
			restart(&w);
		if (w.step % DAY == 0) {
			assert_in_range(w.lines_today, 0, 40);
			w.lines_today = 0;
		}
	}
	store_slot_get(w.store, 1, &s);
	assert_int_equal(w.next - 1, number);
	assert_int_equal(s.queued, 0);
	assert_int_equal(s.dropped, 0);
	assert_int_equal(s.delivered, number);
	assert_in_range(w.lines, 4, 120); /* it was told, too: that it fails, and that it recovered */
	remove_world(&w, folder);
}

/* Three days in which nothing is ever quite in order, then two that are good. */
static void three_days_of_flapping_lose_nothing(void **state)
{
	struct world w = { .loop = loop_new_sim(), .next = 1, .flaps = 1 };
	struct store_slot s;
	char folder[] = "/tmp/test-outage-XXXXXX";
	int number = 0;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(w.path, sizeof w.path, "%s/store.db", folder);
	log_set_tap(heard, &w);
	start(&w);
	for (w.step = 1; w.step <= 5 * DAY; w.step++) {
		w.flaps = w.step <= OUTAGE;
		w.step += w.flaps ? 0 : OUTAGE + HOUR; /* (is_down counts steps) */
		publish(&w, ++number);
		loop_sim_advance(w.loop, STEP_MS);
		w.step -= w.flaps ? 0 : OUTAGE + HOUR;
		if (w.step % DAY == 0) {
			assert_in_range(w.lines_today, 0, 40);
			w.lines_today = 0;
		}
	}
	store_slot_get(w.store, 1, &s);
	assert_int_equal(w.next - 1, number);
	assert_int_equal(s.delivered, number);
	assert_int_equal(s.queued + s.dropped, 0);
	assert_true(w.attempts > 2 * OUTAGE);
	assert_in_range(w.lines, 5, 60);
	assert_non_null(strstr(w.last_line, "recovered after"));
	print_message("%u attempts, %d lines of log\n", w.attempts, w.lines);
	remove_world(&w, folder);
}

/* After a backlog the memory that SQLite keeps is given back, once, when nothing has waited for a second. */
static void memory_is_given_back_after_a_backlog(void **state)
{
	enum { POSTS = 3000 };
	struct world w = { .loop = loop_new_sim(), .next = 1, .step = HOUR + 1 };
	char folder[] = "/tmp/test-outage-XXXXXX";
	struct store_slot s;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(w.path, sizeof w.path, "%s/store.db", folder);
	start(&w);
	sqlite3_int64 idle = sqlite3_memory_used();
	for (int number = 1; number <= POSTS; number++)
		publish(&w, number);
	w.step = 0;
	courier_try_now(w.courier, 1u << 1);
	do
		loop_sim_advance(w.loop, 0);
	while (!store_is_empty(w.store));
	sqlite3_int64 drained = sqlite3_memory_used();
	loop_sim_advance(w.loop, 2000);
	sqlite3_int64 after = sqlite3_memory_used();
	print_message("SQLite's memory: %lld bytes idle, %lld when all is delivered, %lld afterwards\n",
		      (long long)idle, (long long)drained, (long long)after);
	assert_true(after < drained - (32 << 10));
	assert_true(after <= idle);
	/* A post that comes alone does not do it again. */
	publish(&w, POSTS + 1);
	loop_sim_advance(w.loop, 0);
	sqlite3_int64 alone = sqlite3_memory_used();
	loop_sim_advance(w.loop, 10000);
	assert_int_equal(sqlite3_memory_used(), alone);
	store_slot_get(w.store, 1, &s);
	assert_int_equal(s.delivered, POSTS + 1);
	remove_world(&w, folder);
}

/* A date that is wrong by more than posts may be old costs none of them, not even after days in which it was
 * right; one that has been right for a day does. */
static void a_date_that_jumps_drops_nothing(void **state)
{
	struct world w = { .loop = loop_new_sim(), .next = 1, .step = HOUR + 1, .is_shifted = 1 };
	struct store_slot s;
	(void)state;
	start(&w);
	publish(&w, 1);
	for (int i = 0; i < 2 * DAY; i++) {
		w.shift += 300;
		loop_sim_advance(w.loop, STEP_MS);
		courier_check_date(w.courier);
	}
	for (int jump = 0; jump < 2; jump++) {
		w.shift += (jump ? -2 : 1) * (7 * 86400 + 1);
		courier_check_date(w.courier);
		store_commit(w.store, NULL);
		store_slot_get(w.store, 1, &s);
		assert_int_equal(s.dropped, 0);
	}
	/* What really is too old goes. */
	for (int i = 0; i < 16 * DAY; i++) {
		w.shift += 300;
		loop_sim_advance(w.loop, STEP_MS);
		courier_check_date(w.courier);
	}
	store_commit(w.store, NULL);
	store_slot_get(w.store, 1, &s);
	assert_int_equal(s.dropped, 1);
	courier_free(w.courier);
	store_close(w.store);
	loop_free(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_days_of_outage_lose_nothing),
		cmocka_unit_test(three_days_of_flapping_lose_nothing),
		cmocka_unit_test(memory_is_given_back_after_a_backlog),
		cmocka_unit_test(a_date_that_jumps_drops_nothing),
	};
	return cmocka_run_group_tests_name("outage", tests, NULL, NULL);
}
