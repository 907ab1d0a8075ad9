/* SPDX-License-Identifier: MIT */
/* The courier against a store in memory and an https that this test plays. */
#include "../../src/delivery/courier.h"

#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "played_https.h"

struct world {
	struct loop *loop;
	struct store *store;
	struct courier *courier;
	unsigned changes[STORE_SLOTS + 1], commits;
	int stopped;
};

static struct https_endpoint *peer(const char *url)
{
	return played_peer(url);
}

static void answer_by(struct world *w, struct https_endpoint *p, int status, enum err_kind kind,
		      int64_t retry_after_s)
{
	struct https_reply r = { .status = status,
				 .retry_after_s = retry_after_s,
				 .verify_code = -1,
				 .content_type = "",
				 .body = "" };
	if (kind != ERR_NONE)
		err_set(&r.err, kind, 0, "played failure");
	played_reply(p, &r);
	loop_sim_advance(w->loop, 0);
}

static void answer(struct world *w, const char *url, int status, enum err_kind kind, int64_t retry_after_s)
{
	answer_by(w, peer(url), status, kind, retry_after_s);
}

/* How many posts are under way; the one of that body. */
static int under_way(void)
{
	int n = 0;
	for (size_t i = 0; i < played_n; i++)
		n += played[i] && played[i]->open;
	return n;
}

static struct https_endpoint *with_body(const char *body)
{
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && played[i]->open && strcmp(played[i]->body, body) == 0)
			return played[i];
	fail_msg("%s is not under way", body);
	return NULL;
}

/* --- set-up --- */
static void changed(void *arg, int slot)
{
	((struct world *)arg)->changes[slot]++;
}

static void dirty(void *arg)
{
	struct world *w = arg;
	struct err e;
	assert_int_equal(store_commit(w->store, &e), 0);
	w->commits++;
}

static int64_t now(void *arg)
{
	(void)arg;
	return 1700000000;
}

static const struct wire_identity *identity(void *arg)
{
	static const struct wire_identity who = { .mac_address = "00:50:60:00:00:01" };
	(void)arg;
	return &who;
}

static void gap(void *arg, int slot, const struct store_slot *s, struct buf *body)
{
	(void)arg;
	buf_addf(body, "gap of slot %d: %d from %d to %d", slot, (int)s->gap_count, (int)s->gap_first,
		 (int)s->gap_last);
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	struct err e;
	struct store_options so = { .max_count = 100, .max_bytes = 1 << 20 };
	w->loop = loop_new_sim();
	assert_int_equal(store_open(&so, &w->store, NULL, &e), 0);
	struct courier_options co = { .loop = w->loop,
				      .store = w->store,
				      .changed = changed,
				      .dirty = dirty,
				      .now = now,
				      .identity = identity,
				      .gap = gap,
				      .arg = w };
	w->courier = courier_new(&co);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	courier_free(w->courier);
	store_close(w->store);
	loop_free(w->loop);
	free(w);
	assert_int_equal(played_count(), 0);
	return 0;
}

#define A "https://a.test/"
#define B "https://b.test/"

static void target(struct world *w, int slot, const char *url)
{
	struct store_registration r = { .slot = slot };
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .verify = 1 }, .window = 1 };
	struct err e;
	snprintf(t.server.url, sizeof t.server.url, "%s", url);
	snprintf(r.url, sizeof r.url, "%s", url);
	assert_int_equal(store_register(w->store, &r, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	assert_int_equal(courier_set(w->courier, slot, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
}

static void publish(struct world *w, int slot, const char *body)
{
	int64_t sequence;
	struct err e;
	assert_int_equal(store_post_add(w->store, slot, 0, 0, body, strlen(body), &sequence, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	courier_wake(w->courier, 1u << slot);
	loop_sim_advance(w->loop, 0);
}

static uint64_t queued(struct world *w, int slot)
{
	struct store_slot s;
	store_slot_get(w->store, slot, &s);
	return s.queued;
}

static void delivers_in_order_one_at_a_time(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	publish(w, 1, "two");
	publish(w, 1, "three");
	assert_int_equal(peer(A)->posts, 1);
	assert_string_equal(peer(A)->body, "one");
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(peer(A)->body, "two");
	answer(w, A, 204, ERR_NONE, -1);
	assert_string_equal(peer(A)->body, "three");
	assert_int_equal(queued(w, 1), 1);
	answer(w, A, 299, ERR_NONE, -1);
	assert_int_equal(queued(w, 1), 0);
	assert_false(peer(A)->open);
	assert_int_equal(w->changes[1], 0);
}

/* A post that waits keeps its format when the slot is registered with another one. */
static void each_post_has_its_own_content_type(void **state)
{
	struct world *w = *state;
	int64_t sequence;
	struct err e;
	for (int json = 0; json < 2; json++)
		assert_int_equal(store_post_add(w->store, 1, json, 0, "x", 1, &sequence, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	target(w, 1, A);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(peer(A)->type, "");
	assert_string_equal(played_header(peer(A), "Content-Type"), "text/xml; charset=utf-8");
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(played_header(peer(A), "Content-Type"), "application/json");
}

static void a_failed_post_is_tried_again_with_its_id(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	char id[64];
	target(w, 1, A);
	publish(w, 1, "one");
	publish(w, 1, "two");
	snprintf(id, sizeof id, "%s", played_header(peer(A), "webhook-id"));
	answer(w, A, 503, ERR_NONE, -1);
	courier_status(w->courier, 1, &s);
	assert_true(s.has_failed);
	assert_int_equal(s.attempts, 1);
	assert_int_equal(s.last_status, 503);
	assert_in_range(s.next_ms, 0, 1001);
	assert_int_equal(w->changes[1], 1);
	loop_sim_advance(w->loop, 1001);
	assert_int_equal(peer(A)->posts, 2);
	assert_string_equal(peer(A)->body, "one");
	assert_string_equal(played_header(peer(A), "webhook-id"), id);
	answer(w, A, 0, ERR_NET, -1);
	loop_sim_advance(w->loop, 2001);
	answer(w, A, 200, ERR_NONE, -1);
	courier_status(w->courier, 1, &s);
	assert_false(s.has_failed);
	assert_int_equal(s.attempts, 0);
	assert_string_equal(peer(A)->body, "two");
	assert_int_equal(w->changes[1], 2);
}

static void obeys_retry_after(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	answer(w, A, 429, ERR_NONE, 120);
	loop_sim_advance(w->loop, 119000);
	assert_int_equal(peer(A)->posts, 1);
	loop_sim_advance(w->loop, 1001 + 12000); /* and up to a tenth more */
	assert_int_equal(peer(A)->posts, 2);
}

/* Not trusted: slow tries, but at once when what they waited for has come. */
static void holds_until_trust_returns(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	for (int i = 0; i < 10; i++) {
		answer(w, A, 0, i % 2 ? ERR_TLS : ERR_DATE, -1);
		loop_sim_advance(w->loop, 900001);
	}
	unsigned posts = peer(A)->posts;
	assert_int_equal(posts, 11);
	answer(w, A, 0, ERR_TLS, -1);
	courier_try_now(w->courier, 1u << 1);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(peer(A)->posts, posts + 1);
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(queued(w, 1), 0);
}

static void what_no_server_will_take_goes_to_the_dead_letters(void **state)
{
	struct world *w = *state;
	struct store_slot s;
	target(w, 1, A);
	publish(w, 1, "bad");
	publish(w, 1, "good");
	unsigned commits = w->commits;
	answer(w, A, 422, ERR_NONE, -1);
	assert_int_equal(w->commits, commits + 1); /* a crash does not send it again */
	assert_string_equal(peer(A)->body, "good");
	answer(w, A, 200, ERR_NONE, -1);
	store_slot_get(w->store, 1, &s);
	assert_int_equal(s.dead, 1);
	assert_int_equal(s.queued, 0);
}

static void gone_parks_until_somebody_says_so(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	answer(w, A, 410, ERR_NONE, -1);
	loop_sim_advance(w->loop, 24 * 3600 * 1000);
	publish(w, 1, "two");
	assert_int_equal(peer(A)->posts, 1);
	assert_int_equal(queued(w, 1), 2);
	courier_unpark(w->courier, 1);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(peer(A)->body, "one");
	assert_int_equal(peer(A)->posts, 2);
}

static void slots_do_not_wait_for_each_other(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	target(w, 2, B);
	publish(w, 1, "stuck");
	for (int i = 0; i < 20; i++) {
		publish(w, 2, "fine");
		answer(w, B, 200, ERR_NONE, -1);
	}
	assert_int_equal(peer(B)->posts, 20);
	assert_true(peer(A)->open);
}

static void stopped(void *arg)
{
	((struct world *)arg)->stopped++;
}

static void stops_when_what_is_in_flight_has_landed(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	publish(w, 1, "two");
	courier_stop(w->courier, 5000, stopped, w);
	loop_sim_advance(w->loop, 1000);
	assert_int_equal(w->stopped, 0);
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(w->stopped, 1);
	assert_int_equal(peer(A)->posts, 1);
	assert_int_equal(queued(w, 1), 1);
}

static void stops_at_its_limit(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	courier_stop(w->courier, 5000, stopped, w);
	loop_sim_advance(w->loop, 4999);
	assert_int_equal(w->stopped, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(w->stopped, 1);
	assert_int_equal(queued(w, 1), 1);
	answer(w, A, 200, ERR_NONE, -1); /* too late, but it is told once */
	loop_sim_advance(w->loop, 10000);
	assert_int_equal(w->stopped, 1);
}

/* Everything that is said of slots reaches the first and the last of them, and none that is not meant. */
static void every_slot_is_served(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		char url[64], id[64];
		snprintf(url, sizeof url, "https://%d.test/", slot);
		target(w, slot, url);
		assert_false(courier_is_busy(w->courier));
		publish(w, slot, "one");
		assert_true(courier_is_busy(w->courier));
		snprintf(id, sizeof id, "%s", played_header(peer(url), "webhook-id"));
		answer(w, url, 503, ERR_NONE, -1);
		assert_false(courier_is_busy(w->courier));
		courier_try_now(w->courier, ~(1u << slot));
		loop_sim_advance(w->loop, 0);
		assert_false(courier_is_busy(w->courier));
		courier_try_now(w->courier, 1u << slot);
		loop_sim_advance(w->loop, 0);
		assert_string_equal(played_header(peer(url), "webhook-id"), id);
		answer(w, url, 200, ERR_NONE, -1);
		courier_status(w->courier, slot, &s);
		assert_int_equal(s.delivered, 1);
		assert_int_equal(s.last_status, 200);
		assert_string_equal(s.last_error, "");
		assert_int_equal(s.next_ms, -1);
		courier_reread(w->courier, ~0u);
		courier_wake(w->courier, ~0u);
		loop_sim_advance(w->loop, 0);
		assert_int_equal(peer(url)->posts, 2);
	}
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		courier_clear(w->courier, slot);
	assert_int_equal(played_count(), 0);
}

/* What docs/delivery.md says of each answer. The second wait tells what is held from what is only tried
 * again. */
static void what_becomes_of_each_answer(void **state)
{
	static const int dead[] = { 400, 413, 422 }, held[] = { 401, 403, 404, 407 };
	static const int again[] = { 100, 199, 300, 301, 302, 307, 402, 405, 408, 409,
				     411, 421, 425, 429, 500, 502, 503, 504, 599 };
	static const enum err_kind held_for[] = { ERR_TLS, ERR_DATE, ERR_CONFIG };
	static const enum err_kind again_for[] = { ERR_NET, ERR_DNS, ERR_TIMEOUT, ERR_PROTOCOL, ERR_FULL };
	struct world *w = *state;
	struct store_slot s;
	struct courier_status c;
	target(w, 1, A);
	for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
		publish(w, 1, "dead");
		answer(w, A, dead[i], ERR_NONE, -1);
		store_slot_get(w->store, 1, &s);
		assert_int_equal(s.dead, i + 1);
		assert_int_equal(s.queued, 0);
	}
	publish(w, 1, "stays");
	struct {
		int status;
		enum err_kind kind;
		int64_t base_ms;
	} rows[40];
	size_t n = 0;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		rows[n++] = (__typeof__(*rows)){ held[i], ERR_NONE, 15000 };
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		rows[n++] = (__typeof__(*rows)){ again[i], ERR_NONE, 1000 };
	for (size_t i = 0; i < sizeof held_for / sizeof *held_for; i++)
		rows[n++] = (__typeof__(*rows)){ 0, held_for[i], 15000 };
	for (size_t i = 0; i < sizeof again_for / sizeof *again_for; i++)
		rows[n++] = (__typeof__(*rows)){ 0, again_for[i], 1000 };
	for (size_t i = 0; i < n; i++) {
		answer(w, A, rows[i].status, rows[i].kind, -1);
		loop_sim_advance(w->loop, rows[i].base_ms + 1);
		assert_string_equal(peer(A)->body, "stays");
		answer(w, A, rows[i].status, rows[i].kind, -1);
		courier_status(w->courier, 1, &c);
		assert_true(c.has_failed);
		assert_int_equal(c.last_status, rows[i].status);
		assert_in_range(c.next_ms, rows[i].base_ms, 2 * rows[i].base_ms + 1);
		courier_try_now(w->courier, 1u << 1);
		loop_sim_advance(w->loop, 0);
	}
	answer(w, A, 299, ERR_NONE, -1);
	assert_int_equal(queued(w, 1), 0);
}

/* nginx answers every post with 400 while it does not accept the client's certificate: the posts wait. */
static void a_client_certificate_is_no_fault_of_the_post(void **state)
{
	static const char *const pages[] = {
		"<html><head><title>400 The SSL certificate error</title></head></html>",
		"<html><head><title>400 No required SSL certificate was sent</title></head></html>",
	};
	struct world *w = *state;
	struct courier_status c;
	target(w, 1, A);
	publish(w, 1, "stays");
	for (size_t i = 0; i < 2; i++) {
		played_status(peer(A), 400, "text/html", pages[i]);
		courier_status(w->courier, 1, &c);
		assert_non_null(strstr(c.last_error, "client certificate"));
		assert_int_equal(queued(w, 1), 1);
		courier_try_now(w->courier, 1u << 1);
		loop_sim_advance(w->loop, 0);
	}
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(queued(w, 1), 0);
}

static void count_lines(void *arg, enum log_level level, const char *line)
{
	unsigned *n = arg;
	(void)line;
	n[level]++;
}

/* What went as it should is no error; what happens to a post is said once, where it happens. */
static void the_log_tells_what_happens(void **state)
{
	struct world *w = *state;
	unsigned n[LOG_LEVEL_DEBUG + 1] = { 0 };
	target(w, 1, A);
	log_set_tap(count_lines, n);
	publish(w, 1, "one");
	answer(w, A, 200, ERR_NONE, -1);
	loop_sim_advance(w->loop, 60000);
	assert_int_equal(n[LOG_LEVEL_ERROR] + n[LOG_LEVEL_WARNING] + n[LOG_LEVEL_NOTICE], 0);
	publish(w, 1, "dead");
	answer(w, A, 422, ERR_NONE, -1);
	loop_sim_advance(w->loop, 60000);
	assert_int_equal(n[LOG_LEVEL_ERROR], 0);
	assert_int_equal(n[LOG_LEVEL_WARNING], 1);
	publish(w, 1, "late");
	answer(w, A, 503, ERR_NONE, -1);
	assert_int_equal(n[LOG_LEVEL_WARNING], 2);
	loop_sim_advance(w->loop, 1001);
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(n[LOG_LEVEL_NOTICE], 1); /* recovered */
	publish(w, 1, "gone");
	answer(w, A, 410, ERR_NONE, -1);
	assert_int_equal(n[LOG_LEVEL_WARNING], 3);
	/* The same failure is said once, another one again, and so is each when a person asks. */
	target(w, 2, B);
	publish(w, 2, "one");
	static const struct {
		int status;
		unsigned lines;
	} rows[] = { { 503, 4 }, { 503, 4 }, { 500, 5 }, { 503, 5 }, { 503, 6 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (i == 4)
			courier_log_anew(w->courier, 2);
		answer(w, B, rows[i].status, ERR_NONE, -1);
		assert_int_equal(n[LOG_LEVEL_WARNING], rows[i].lines);
		courier_try_now(w->courier, 1u << 2);
		loop_sim_advance(w->loop, 0);
	}
	assert_int_equal(n[LOG_LEVEL_ERROR], 0);
	log_set_tap(NULL, NULL);
}

struct lines {
	int about_html, with_secret;
};

static void find_secrets(void *arg, enum log_level level, const char *line)
{
	struct lines *n = arg;
	(void)level;
	n->about_html += strstr(line, "HTML page") != NULL;
	n->with_secret += strstr(line, "opensesame") != NULL;
}

/* What is secret in a URL is in no line, not even in the one about a server that answers with a web page. */
static void urls_are_logged_without_secrets(void **state)
{
	static const char url[] = "https://a.test/in?token=opensesame";
	struct world *w = *state;
	struct lines n = { 0 };
	target(w, 1, url);
	log_set_tap(find_secrets, &n);
	publish(w, 1, "one");
	played_status(peer(url), 200, "text/html", "<html>Welcome</html>");
	log_set_tap(NULL, NULL);
	assert_int_equal(n.about_html, 1);
	assert_int_equal(n.with_secret, 0);
}

/* The verdict is that of the last handshake; without one it says that none was possible. */
static void verdicts_are_shown(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	target(w, 1, A);
	publish(w, 1, "one");
	courier_status(w->courier, 1, &s);
	assert_int_equal(s.last_verdict, -1);
	static const struct {
		enum err_kind kind;
		long code, wanted;
	} rows[] = {
		{ ERR_NET, -1, -1 },  { ERR_TLS, 20, 20 }, { ERR_NET, -1, 20 },
		{ ERR_DATE, -1, 50 }, { ERR_NONE, 0, 0 },  { ERR_TLS, -1, 50 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct https_reply r = { .retry_after_s = -1,
					 .verify_code = rows[i].code,
					 .content_type = "",
					 .body = "",
					 .status = rows[i].kind == ERR_NONE ? 503 : 0 };
		if (rows[i].kind != ERR_NONE)
			err_set(&r.err, rows[i].kind, 0, "played");
		played_reply(peer(A), &r);
		courier_status(w->courier, 1, &s);
		assert_int_equal(s.last_verdict, rows[i].wanted);
		courier_try_now(w->courier, 1u << 1);
		loop_sim_advance(w->loop, 0);
	}
}

/* The address that could not be verified is left out the next time, so that comes soon. */
static void a_server_with_another_address_is_tried_soon(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	struct https_reply r = {
		.retry_after_s = -1, .verify_code = 20, .content_type = "", .body = "", .has_other_address = 1
	};
	target(w, 1, A);
	publish(w, 1, "one");
	err_set(&r.err, ERR_TLS, 20, "played");
	played_reply(peer(A), &r);
	loop_sim_advance(w->loop, 1001);
	assert_int_equal(peer(A)->posts, 2);
	played_reply(peer(A), &r);
	courier_status(w->courier, 1, &s);
	assert_in_range(s.next_ms, 1000, 2001);
}

static void another_target_takes_over_the_queue(void **state)
{
	struct world *w = *state;
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = B, .verify = 1 },
				    .window = 1 };
	struct err e;
	target(w, 1, A);
	publish(w, 1, "one");
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(peer(B)->body, "one");
	snprintf(t.server.url, sizeof t.server.url, "http://a.test/");
	assert_int_equal(courier_set(w->courier, 1, &t, &e), -1);
	assert_true(peer(B)->open); /* a target that is refused leaves the one before */
}

static void window(struct world *w, int slot, int width, const char *secret)
{
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = A, .verify = 1 },
				    .window = width,
				    .secret = secret };
	struct err e;
	target(w, slot, B);
	assert_int_equal(courier_set(w->courier, slot, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
}

static void a_window_opens_with_each_good_answer(void **state)
{
	struct world *w = *state;
	char body[8];
	window(w, 1, 5, NULL);
	for (int i = 1; i <= 20; i++) {
		snprintf(body, sizeof body, "%d", i);
		publish(w, 1, body);
	}
	for (int i = 1; i <= 4; i++) {
		assert_int_equal(under_way(), i);
		snprintf(body, sizeof body, "%d", i);
		answer_by(w, with_body(body), 200, ERR_NONE, -1);
	}
	assert_int_equal(under_way(), 5);
	for (int i = 5; i <= 9; i++) {
		snprintf(body, sizeof body, "%d", i);
		with_body(body);
	}
	/* Out of order they end; what is under way is always the oldest five. */
	answer_by(w, with_body("7"), 200, ERR_NONE, -1);
	assert_string_equal(played_header(with_body("10"), "Sealpost-Sequence"), "10");
	answer_by(w, with_body("5"), 422, ERR_NONE, -1);
	with_body("11");
	assert_int_equal(under_way(), 5);
	assert_int_equal(queued(w, 1), 14);
}

/* A handshake costs both sides more than a post: what is delivered already brings more connections, eight
 * at most at once. */
static void a_window_makes_eight_connections_at_once(void **state)
{
	struct world *w = *state;
	char body[8];
	played_connects = 1;
	window(w, 1, 40, NULL);
	for (int i = 1; i <= 60; i++) {
		snprintf(body, sizeof body, "%d", i);
		publish(w, 1, body);
	}
	for (int i = 1; i <= 8; i++) { /* none of these has its answer, all but one are being connected */
		snprintf(body, sizeof body, "%d", i);
		answer_by(w, with_body(body), 200, ERR_NONE, -1);
	}
	for (int i = 0; i < 30; i++) {
		int connecting = 0;
		for (size_t at = 0; at < played_n; at++)
			connecting += played[at] && https_is_connecting(played[at]);
		assert_in_range(connecting, 1, 8);
		if (i == 20)
			assert_int_equal(connecting, 8);
		snprintf(body, sizeof body, "%d", i + 9);
		answer_by(w, with_body(body), 200, ERR_NONE, -1);
	}
	played_connects = 0;
}

static void a_window_that_fails_counts_once_and_comes_again(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	char body[8];
	window(w, 1, 4, NULL);
	for (int i = 1; i <= 9; i++) {
		snprintf(body, sizeof body, "%d", i);
		publish(w, 1, body);
	}
	for (int i = 1; i <= 3; i++) {
		snprintf(body, sizeof body, "%d", i);
		answer_by(w, with_body(body), 200, ERR_NONE, -1);
	}
	answer_by(w, with_body("5"), 503, ERR_NONE, -1);
	answer_by(w, with_body("6"), 503, ERR_NONE, -1);
	answer_by(w, with_body("7"), 0, ERR_NET, -1);
	courier_status(w->courier, 1, &s);
	assert_int_equal(s.attempts, 1);
	assert_int_equal(under_way(), 1);
	/* The first that failed is tried alone, though one sent before is still under way. */
	loop_sim_advance(w->loop, 1001);
	assert_int_equal(under_way(), 2);
	answer_by(w, with_body("5"), 200, ERR_NONE, -1);
	assert_int_equal(under_way(), 2);
	answer_by(w, with_body("6"), 200, ERR_NONE, -1);
	assert_int_equal(under_way(), 3);
	with_body("7");
	with_body("8");
	with_body("4");
}

static void a_gap_is_told_before_what_follows_it(void **state)
{
	struct world *w = *state;
	struct courier_target t = {
		.server = { .service = SERVICE_FEEDBACK, .url = A, .json = 1, .verify = 1 }, .window = 1
	};
	struct store_options bounds = { .max_count = 3 };
	struct store_slot s;
	struct err e;
	char id[64];
	target(w, 1, A);
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
	for (int i = 1; i <= 6; i++)
		publish(w, 1, "x");
	answer(w, A, 503, ERR_NONE, -1);
	store_limits(w->store, &bounds);
	publish(w, 1, "y");
	store_slot_get(w->store, 1, &s);
	assert_int_equal(s.gap_count, 4);
	loop_sim_advance(w->loop, 1001);
	assert_string_equal(peer(A)->body, "gap of slot 1: 4 from 1 to 4");
	assert_string_equal(played_header(peer(A), "Sealpost-Gap"), "4");
	assert_string_equal(played_header(peer(A), "Content-Type"), "application/json");
	snprintf(id, sizeof id, "%s", played_header(peer(A), "webhook-id"));
	answer(w, A, 503, ERR_NONE, -1);
	loop_sim_advance(w->loop, 2001);
	assert_string_equal(played_header(peer(A), "webhook-id"), id);
	unsigned commits = w->commits;
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(w->commits, commits + 1); /* nor is it told of again after a crash */
	assert_string_equal(played_header(peer(A), "Sealpost-Sequence"), "5");
	assert_string_equal(played_header(peer(A), "Sealpost-Gap"), "");
	store_slot_get(w->store, 1, &s);
	assert_int_equal(s.gap_first, 0);
}

/* What a person took away is not sent, though it was read ahead; what was put back goes first. */
static void looks_again_when_told(void **state)
{
	struct world *w = *state;
	struct err e;
	target(w, 1, A);
	publish(w, 1, "bad");
	for (int i = 0; i < 4; i++)
		publish(w, 1, i % 2 ? "odd" : "even");
	answer(w, A, 400, ERR_NONE, -1);
	assert_string_equal(peer(A)->body, "even");
	assert_int_equal(store_post_purge(w->store, 1, 3, &e), 0);
	assert_int_equal(store_dead_replay(w->store, 1, 1, &(int64_t){ 0 }, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	courier_reread(w->courier, 1u << 1);
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(played_header(peer(A), "Sealpost-Gap"), "3");
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(peer(A)->body, "bad");
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(played_header(peer(A), "Sealpost-Sequence"), "4");
}

/* Puts another post in the place of one that waits; as feedback does, only while the courier has nothing
 * against it. */
static int64_t merge(struct world *w, int slot, int64_t with, const char *body)
{
	char text[16];
	int64_t sequence;
	struct err e;
	assert_true(courier_may_merge(w->courier, slot, with));
	snprintf(text, sizeof text, "%s", body);
	struct store_post p = { .slot = slot, .sequence = with, .body = text, .len = strlen(text) };
	assert_int_equal(store_post_merge(w->store, &p, &sequence, &e), 0);
	courier_reread(w->courier, 1u << slot);
	return sequence;
}

static void only_what_nobody_has_seen_is_merged(void **state)
{
	struct world *w = *state;
	assert_true(courier_may_merge(w->courier, 1, 0)); /* it is not tried yet */
	target(w, 1, A);
	assert_false(courier_may_merge(w->courier, 1, 0));
	publish(w, 1, "one");
	publish(w, 1, "two");
	publish(w, 1, "three");
	answer(w, A, 503, ERR_NONE, -1);
	assert_true(courier_may_merge(w->courier, 1, 0));
	assert_false(courier_may_merge(w->courier, 1, 1));
	assert_true(courier_may_merge(w->courier, 1, 2));
	loop_sim_advance(w->loop, 1001); /* "one" is tried again: the others lie read in memory */
	assert_string_equal(peer(A)->body, "one");
	int64_t sequence = merge(w, 1, 3, "four");
	assert_int_equal(sequence, 4);
	assert_int_equal(merge(w, 1, 4, "five"), 5);
	assert_int_equal(store_commit(w->store, NULL), 0);
	answer(w, A, 200, ERR_NONE, -1);
	assert_false(courier_may_merge(w->courier, 1, 5)); /* the server is back */
	assert_string_equal(peer(A)->body, "two");
	assert_string_equal(played_header(peer(A), "Sealpost-Coalesced"), "");
	answer(w, A, 200, ERR_NONE, -1);
	assert_string_equal(peer(A)->body, "five");
	assert_string_equal(played_header(peer(A), "Sealpost-Sequence"), "5");
	assert_string_equal(played_header(peer(A), "Sealpost-Coalesced"), "first=3, count=2");
	answer(w, A, 503, ERR_NONE, -1);
	loop_sim_advance(w->loop, 1001);
	assert_string_equal(played_header(peer(A), "Sealpost-Coalesced"), "first=3, count=2");
	answer(w, A, 410, ERR_NONE, -1);
	assert_true(courier_may_merge(w->courier, 1, 0)); /* parked */
	assert_false(courier_may_merge(w->courier, 1, 5));
	/* Another way to the server does not make it forget what it saw. */
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = B, .verify = 1 },
				    .window = 1 };
	struct err e;
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	assert_false(courier_may_merge(w->courier, 1, 5));
	courier_unpark(w->courier, 1);
	loop_sim_advance(w->loop, 0);
	answer(w, B, 503, ERR_NONE, -1);
	assert_false(courier_may_merge(w->courier, 1, 5));
	assert_true(courier_may_merge(w->courier, 1, 6));
}

/* Between a merge and its commit nothing old is sent; when the commit fails, the old one goes after all. */
static void an_open_merge_holds_back_the_old_one(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	publish(w, 1, "old");
	answer(w, A, 503, ERR_NONE, -1);
	loop_sim_advance(w->loop, 1001);
	merge(w, 1, 2, "new");
	answer(w, A, 200, ERR_NONE, -1);
	assert_false(peer(A)->open);
	store_rollback(w->store);
	courier_reread(w->courier, ~0u);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(peer(A)->body, "old");
	answer(w, A, 200, ERR_NONE, -1);
	assert_int_equal(queued(w, 1), 0);
}

static void posts_are_signed_with_the_secret(void **state)
{
	struct world *w = *state;
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = A, .verify = 1 },
				    .window = 1,
				    .secret = "whsec_short" };
	struct err e;
	window(w, 1, 1, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	publish(w, 1, "one");
	assert_string_equal(played_header(peer(A), "webhook-timestamp"), "1700000000");
	assert_memory_equal(played_header(peer(A), "webhook-signature"), "v1,", 3);
	assert_int_equal(strlen(played_header(peer(A), "webhook-signature")), 3 + 44);
	assert_int_equal(courier_set(w->courier, 1, &t, &e), -1);
	assert_non_null(strstr(e.text, "whsec_"));
}

/* A secret that leaked signs nothing any more once there is another one, though it is as long; without one
 * nothing is signed. */
static void another_secret_signs_from_now_on(void **state)
{
	struct world *w = *state;
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = A, .verify = 1 },
				    .window = 1 };
	struct err e;
	char first[64];
	window(w, 1, 1, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	publish(w, 1, "one");
	snprintf(first, sizeof first, "%s", played_header(peer(A), "webhook-signature"));
	t.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(peer(A)->body, "one");
	assert_string_not_equal(played_header(peer(A), "webhook-signature"), first);
	assert_int_equal(strlen(played_header(peer(A), "webhook-signature")), strlen(first));
	t.secret = "";
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_string_equal(played_header(peer(A), "webhook-signature"), "");
}

static void retry_after_has_an_upper_bound(void **state)
{
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	answer(w, A, 503, ERR_NONE, 30 * 86400);
	loop_sim_advance(w->loop, 3599 * 1000);
	assert_int_equal(peer(A)->posts, 1);
	loop_sim_advance(w->loop, 1001 + 360 * 1000); /* and up to a tenth more */
	assert_int_equal(peer(A)->posts, 2);
	/* So large that milliseconds would not fit. */
	answer(w, A, 503, ERR_NONE, INT64_MAX);
	loop_sim_advance(w->loop, 3960 * 1000 + 1);
	assert_int_equal(peer(A)->posts, 3);
}

/* As docs/delivery.md says: the first wait is a part of the base, none is much longer than the cap. */
static void waits_are_as_documented(void **state)
{
	static const struct {
		enum err_kind kind;
		int64_t base_ms, cap_ms;
	} rows[] = {
		{ ERR_NET, 1000, 300000 },
		{ ERR_TLS, 15000, 900000 },
	};
	struct world *w = *state;
	target(w, 1, A);
	publish(w, 1, "one");
	for (size_t i = 0; i < 2; i++) {
		struct courier_status s;
		for (int n = 1; n <= 12; n++) {
			answer(w, A, 0, rows[i].kind, -1);
			courier_status(w->courier, 1, &s);
			int64_t longest = rows[i].base_ms << (n - 1) < rows[i].cap_ms
						  ? rows[i].base_ms << (n - 1)
						  : rows[i].cap_ms;
			/* the longest ones have a place in their period, at least an eighth of it away */
			assert_in_range(s.next_ms, 1,
					longest < rows[i].cap_ms ? longest + 1 : longest * 115 / 100);
			if (n > 1 && longest < rows[i].cap_ms)
				assert_true(s.next_ms > longest / 2);
			loop_sim_advance(w->loop, s.next_ms);
			assert_true(peer(A)->open);
		}
		answer(w, A, 200, ERR_NONE, -1);
		publish(w, 1, "one");
	}
}

/* Nothing but a person's word, or another registration, makes it try again what said that it is gone. */
static void what_unparks(void **state)
{
	struct world *w = *state;
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK, .url = A, .verify = 1 },
				    .window = 1,
				    .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
	struct courier_status s;
	struct err e;
	target(w, 1, A);
	publish(w, 1, "one");
	answer(w, A, 410, ERR_NONE, -1);
	courier_try_now(w->courier, ~0u); /* the date, the roots, the names; Queue Replay */
	courier_reread(w->courier, ~0u);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(peer(A)->posts, 1);
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0); /* another setting */
	loop_sim_advance(w->loop, 0);
	assert_int_equal(peer(A)->posts, 0);
	for (int restarts = 0; restarts < 2; restarts++) {
		struct courier_options co = { .loop = w->loop,
					      .store = w->store,
					      .changed = changed,
					      .dirty = dirty,
					      .now = now,
					      .identity = identity,
					      .gap = gap,
					      .arg = w };
		courier_free(w->courier);
		w->courier = courier_new(&co);
		assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
		loop_sim_advance(w->loop, 0);
		courier_status(w->courier, 1, &s);
		assert_int_equal(peer(A)->posts, restarts ? 1 : 0);
		assert_int_equal(s.state == SLOT_PARKED, !restarts);
		assert_int_equal(s.has_failed, !restarts);
		assert_int_equal(s.last_status, restarts ? 0 : 410);
		courier_unpark(w->courier, 1);
		loop_sim_advance(w->loop, 0);
		assert_string_equal(peer(A)->body, "one");
	}
	/* Nor does who comes next get what was said of another. */
	answer(w, A, 410, ERR_NONE, -1);
	courier_clear(w->courier, 1);
	target(w, 1, B);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(peer(B)->posts, 1);
}

static void parked_while_others_end_well(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	window(w, 1, 3, NULL);
	publish(w, 1, "1");
	publish(w, 1, "2");
	publish(w, 1, "3");
	answer_by(w, with_body("1"), 200, ERR_NONE, -1);
	answer_by(w, with_body("2"), 410, ERR_NONE, -1);
	answer_by(w, with_body("3"), 200, ERR_NONE, -1);
	courier_status(w->courier, 1, &s);
	assert_true(s.has_failed);
	assert_int_equal(s.state, SLOT_PARKED);
}

/* The server answered: nothing has failed, and nothing waits, whatever was before. */
static void a_dead_letter_is_no_failure(void **state)
{
	struct world *w = *state;
	struct courier_status s;
	target(w, 1, A);
	publish(w, 1, "bad");
	answer(w, A, 503, ERR_NONE, -1);
	loop_sim_advance(w->loop, 1001);
	answer(w, A, 422, ERR_NONE, -1);
	courier_status(w->courier, 1, &s);
	assert_false(s.has_failed);
	assert_int_equal(s.attempts, 0);
	assert_int_equal(s.last_status, 422);
	assert_non_null(strstr(s.last_error, "HTTP 422"));
	publish(w, 1, "good");
	assert_string_equal(peer(A)->body, "good");
}

/* By which rules each connection is made is what the target said last, on each of a window's. */
static void targets_reach_connections(void **state)
{
	struct world *w = *state;
	struct courier_target t = { .server = { .service = SERVICE_FEEDBACK,
						.name = "HttpFeedback 1",
						.url = "https://a.test:8443/x",
						.json = 1,
						.verify = 1 },
				    .window = 2 };
	struct err e;
	target(w, 1, A);
	for (int i = 0; i < 5; i++) {
		t.server.verify = i != 1;
		t.server.policy.profile = i == 2 ? VERIFY_STRICT : VERIFY_GUIDE;
		t.server.policy.revocation = i == 3 ? VERIFY_REVOCATION_HARD : VERIFY_REVOCATION_OFF;
		t.server.policy.no_common_name = i == 4;
		assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
		loop_sim_advance(w->loop, 0);
		for (int n = 0; n < 3; n++)
			publish(w, 1, "x");
		answer_by(w, with_body("x"), 200, ERR_NONE, -1);
		assert_int_equal(under_way(), 2);
		for (size_t k = 0; k < played_n; k++) {
			if (!played[k])
				continue;
			assert_string_equal(played[k]->url, t.server.url);
			assert_string_equal(played[k]->service, "HttpFeedback 1");
			assert_string_equal(played[k]->user, "");
			assert_int_equal(played[k]->verify, t.server.verify);
			assert_memory_equal(&played[k]->policy, &t.server.policy, sizeof t.server.policy);
		}
	}
	t.window = 1;
	assert_int_equal(courier_set(w->courier, 1, &t, &e), 0);
	loop_sim_advance(w->loop, 0);
	answer_by(w, with_body("x"), 200, ERR_NONE, -1);
	assert_int_equal(under_way(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delivers_in_order_one_at_a_time),
		TEST(a_failed_post_is_tried_again_with_its_id),
		TEST(obeys_retry_after),
		TEST(holds_until_trust_returns),
		TEST(what_no_server_will_take_goes_to_the_dead_letters),
		TEST(gone_parks_until_somebody_says_so),
		TEST(slots_do_not_wait_for_each_other),
		TEST(stops_when_what_is_in_flight_has_landed),
		TEST(stops_at_its_limit),
		TEST(every_slot_is_served),
		TEST(what_becomes_of_each_answer),
		TEST(a_client_certificate_is_no_fault_of_the_post),
		TEST(the_log_tells_what_happens),
		TEST(urls_are_logged_without_secrets),
		TEST(verdicts_are_shown),
		TEST(a_server_with_another_address_is_tried_soon),
		TEST(another_target_takes_over_the_queue),
		TEST(a_window_opens_with_each_good_answer),
		TEST(a_window_makes_eight_connections_at_once),
		TEST(a_window_that_fails_counts_once_and_comes_again),
		TEST(a_gap_is_told_before_what_follows_it),
		TEST(looks_again_when_told),
		TEST(only_what_nobody_has_seen_is_merged),
		TEST(an_open_merge_holds_back_the_old_one),
		TEST(posts_are_signed_with_the_secret),
		TEST(another_secret_signs_from_now_on),
		TEST(retry_after_has_an_upper_bound),
		TEST(waits_are_as_documented),
		TEST(what_unparks),
		TEST(parked_while_others_end_well),
		TEST(a_dead_letter_is_no_failure),
		TEST(targets_reach_connections),
		TEST(each_post_has_its_own_content_type),
	};
	return cmocka_run_group_tests_name("courier", tests, NULL, NULL);
}
