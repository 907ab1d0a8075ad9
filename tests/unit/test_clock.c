/* SPDX-License-Identifier: MIT */
/* The clock against names and time servers that this test plays, on a loop whose clock it moves. */
#include "../../src/trust/chain.h"
#include "clock/clock.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "certstore/anchors.h"
#include "net/address_order.h"
#include "net/nts_ke.h"
#include "net/sntp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, TIMEOUT_MS = 2000, TEN_YEARS_S = 315360000 };
#define BEGIN_UNIX 1800000000L /* what true time was when the loop began */

enum manner { GOOD, SILENT, NO_NAME, KISS_RATE, KISS_DENY, NO_TIME, ODD_ADDRESS_DENIES, KNOWS_NO_KEYS };
/* KNOWS_NO_KEYS: it answers with an NTS NAK. NO_TIME: it answers that it has none (INIT, not
 * synchronised). ODD_ADDRESS_DENIES: only the second address serves. */

struct server { /* as the test wants it to be */
	const char *name;
	enum manner manner;
	int64_t wrong_by_s, delay_ms;
	unsigned asked;      /* packets that reached it */
	unsigned distrusted; /* DNS's answer for its name */
	uint32_t key_id;     /* of the last one */
	enum sntp_algorithm algorithm;
	unsigned char last_byte; /* of the address it was sent to */
	int64_t max_distance_us; /* that it was asked for with, as the next */
	int timeout_ms;
	int port;
};

struct world {
	struct loop *loop;
	struct date *date;
	struct clock *clock;
	struct anchors *anchors;
	struct settings settings;
	unsigned changes;
	int in_call; /* the test is inside a call to the clock: nobody may be told now */
	struct buf log;
};

/* --- names, servers and a kernel that are played --- */
struct dns_query {
	void (*fn)(void *arg, const struct dns_answer *answer, const struct err *e);
	void *arg;
	struct loop_timer *timer;
	struct server *server;
};
struct sntp_query {
	void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e);
	void *arg;
	struct loop_timer *timer;
	struct server *server;
	struct loop *loop;
};
static struct server servers[3];
static struct loop *played_loop;
static int open_lookups, open_queries, open_most;
static struct {
	int is_synchronised;
	int64_t unix_s;
	unsigned asked;
	int result, status;
	long maxerror;
} kernel;

static struct server *server(const char *name)
{
	for (size_t i = 0; i < 3; i++)
		if (servers[i].name && strcmp(servers[i].name, name) == 0)
			return &servers[i];
	fail_msg("nobody plays %s", name);
	return NULL;
}

void dns_cancel(struct dns_query *q)
{
	loop_timer_free(q->timer);
	free(q);
	open_lookups--;
}

static void lookup_ends(void *arg)
{
	struct dns_query q = *(struct dns_query *)arg;
	struct dns_answer a = { .n = strcmp(q.server->name, "pool.test") == 0 ? 2 : 1,
				.addresses = { { AF_INET, { 192, 0, 2, 1 } },
					       { AF_INET, { 192, 0, 2, 2 } } } };
	struct err e;
	dns_cancel(arg);
	err_set(&e, ERR_DNS, 4, "%s: no such name", q.server->name);
	q.fn(q.arg, q.server->manner == NO_NAME ? NULL : &a, &e);
}

static struct address_orders orders;

struct address_orders *dns_orders(struct dns *d)
{
	(void)d;
	return &orders;
}

void dns_distrust(struct dns *d, const char *name)
{
	(void)d;
	server(name)->distrusted++;
}

struct dns_query *dns_resolve(struct dns *d, const char *name,
			      void (*fn)(void *arg, const struct dns_answer *answer, const struct err *e),
			      void *arg)
{
	struct dns_query *q = mem_new(sizeof *q);
	(void)d;
	*q = (struct dns_query){ .fn = fn, .arg = arg, .server = server(name) };
	q->timer = loop_timer_new(played_loop, lookup_ends, q);
	loop_timer_in(q->timer, 0);
	open_lookups++;
	return q;
}

/* No keys are established but for a server that names another host for the time; test_nts_keys.c and
 * tests/integration/test_nts.py do that. */
struct nts_ke {
	void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e);
	void *arg;
	struct loop_timer *timer;
};
static unsigned establishments;
static int establishment_ms;
static enum verify_profile establishment_profile; /* of the last one */
static const struct server *named;                /* NULL: none */

void nts_ke_cancel(struct nts_ke *k)
{
	if (!k)
		return;
	loop_timer_free(k->timer);
	free(k);
}

static void establishment_ends(void *arg)
{
	struct nts_ke k = *(struct nts_ke *)arg;
	struct err e;
	nts_ke_cancel(arg);
	if (named) {
		static const struct verify_chain nothing;
		struct nts_ke_result r = { .chain = &nothing,
					   .association.cookies.n = NTS_COOKIES,
					   .offer.port = named->port };
		snprintf(r.offer.server, sizeof r.offer.server, "%s", named->name);
		k.fn(k.arg, &r, &(struct err){ .kind = ERR_NONE });
		return;
	}
	err_set(&e, ERR_NET, 0, "nobody listens");
	k.fn(k.arg, NULL, &e);
}

struct nts_ke *nts_ke_start(const struct tls_stream_world *w, const struct nts_ke_request *r,
			    void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e),
			    void *arg)
{
	struct nts_ke *k = mem_new(sizeof *k);
	*k = (struct nts_ke){ fn, arg, loop_timer_new(w->loop, establishment_ends, k) };
	assert_string_equal(r->host, "safe.test");
	assert_string_equal(r->service, "NTS 2");
	assert_int_equal(r->port, 4460);
	establishments++;
	establishment_profile = r->policy.profile;
	loop_timer_in(k->timer, establishment_ms);
	return k;
}

void sntp_cancel(struct sntp_query *q)
{
	loop_timer_free(q->timer);
	free(q);
	open_queries--;
}

static void query_ends(void *arg)
{
	struct sntp_query q = *(struct sntp_query *)arg;
	const struct server *s = q.server;
	int64_t now_ms = loop_now_ms(q.loop);
	struct sntp_answer a = { .stratum = 2,
				 .sample = { .unix_us =
						     (BEGIN_UNIX + s->wrong_by_s) * 1000000 + now_ms * 1000,
					     .mono_ms = now_ms,
					     .distance_us = 20000 } };
	struct err e = { 0 };
	sntp_cancel(arg);
	if (s->manner == SILENT) {
		err_set(&e, ERR_TIMEOUT, 0, "no answer within 2 s");
		q.fn(q.arg, NULL, &e);
		return;
	}
	if (s->manner == KISS_RATE || s->manner == KISS_DENY ||
	    (s->manner == ODD_ADDRESS_DENIES && s->last_byte % 2)) {
		a.kiss = s->manner == KISS_RATE ? SNTP_KISS_RATE : SNTP_KISS_DENY;
		err_set(&e, ERR_DATE, 0, "kiss-o'-death %s", s->manner == KISS_RATE ? "RATE" : "DENY");
	}
	if (s->manner == KNOWS_NO_KEYS) {
		a.kiss = SNTP_KISS_NTS_NAK;
		err_set(&e, ERR_PROTOCOL, 0, "NTS NAK");
	}
	if (s->manner == NO_TIME)
		err_set(&e, ERR_DATE, 0, "no time yet");
	q.fn(q.arg, s->manner == NO_TIME ? NULL : &a, &e);
}

struct sntp_query *sntp_query(struct loop *l, const struct sntp_request *r,
			      void (*fn)(void *arg, const struct sntp_answer *answer, const struct err *e),
			      void *arg)
{
	struct sntp_query *q = mem_new(sizeof *q);
	*q = (struct sntp_query){ .fn = fn, .arg = arg, .loop = l };
	for (size_t i = 0; i < 3; i++)
		if (servers[i].port == r->port)
			q->server = &servers[i];
	assert_non_null(q->server);
	q->server->asked++;
	q->server->key_id = r->key ? r->key->id : 0;
	q->server->algorithm = r->key ? r->key->algorithm : SNTP_KEY_NONE;
	q->server->last_byte = r->address.bytes[3];
	q->server->max_distance_us = r->max_distance_us;
	q->server->timeout_ms = r->timeout_ms;
	q->timer = loop_timer_new(l, query_ends, q);
	loop_timer_in(q->timer, q->server->manner == SILENT ? TIMEOUT_MS : q->server->delay_ms);
	open_queries++;
	open_most = open_queries > open_most ? open_queries : open_most;
	return q;
}

/* Pauses have a random part: the same in each run (xorshift), so that what happens within a time does. */
static uint32_t random_now;

uint32_t random_bits(void)
{
	random_now ^= random_now << 13;
	random_now ^= random_now >> 17;
	random_now ^= random_now << 5;
	return random_now;
}

void random_fill(void *ret, size_t len)
{
	unsigned char *bytes = ret;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)random_bits();
}

int sntp_key_parse(const char *text, enum sntp_algorithm algorithm, const char *id, struct sntp_key *ret,
		   struct err *e)
{
	if (strcmp(text, "wrong") == 0)
		return err_set(e, ERR_INPUT, 0, "the key is of no use");
	*ret = (struct sntp_key){ .algorithm = algorithm,
				  .id = (uint32_t)strtoul(id, NULL, 10),
				  .len = strlen(text) };
	memcpy(ret->secret, text, ret->len);
	return 0;
}

int adjtimex(struct timex *t)
{
	kernel.asked++;
	assert_int_equal(t->modes, 0); /* it is asked, never set */
	*t = (struct timex){ .maxerror = kernel.maxerror,
			     .status = kernel.status | (kernel.is_synchronised ? 0 : STA_UNSYNC) };
	t->time.tv_sec = kernel.unix_s;
	t->time.tv_usec = kernel.status & STA_NANO ? 999999999 : 999999;
	return kernel.is_synchronised ? kernel.result : TIME_ERROR;
}

/* --- set-up --- */
static void logged(void *arg, enum log_level level, const char *line)
{
	struct world *w = arg;
	(void)level;
	buf_addf(&w->log, "%s\n", line);
}

static void changed(void *arg)
{
	struct world *w = arg;
	assert_false(w->in_call);
	w->changes++;
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	memset(servers, 0, sizeof servers);
	memset(&kernel, 0, sizeof kernel);
	kernel.maxerror = 1000;
	open_lookups = open_queries = open_most = 0;
	establishments = 0;
	establishment_ms = 10;
	random_now = 2463534242;
	buf_init(&w->log, 1 << 20);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	log_set_tap(logged, w);
	w->loop = played_loop = loop_new_sim();
	w->date = date_new(BEGIN_UNIX - 1000);
	w->anchors = anchors_open(NULL, NULL, NULL, NULL);
	struct clock_options o = {
		.loop = w->loop, .date = w->date, .anchors = w->anchors, .changed = changed, .arg = w
	};
	w->clock = clock_new(&o);
	w->settings.ntp.max_distance_s = 3;
	w->settings.ntp.wait_s = 6;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_free(w->clock);
	anchors_free(w->anchors);
	date_free(w->date);
	loop_free(w->loop);
	log_set_tap(NULL, NULL);
	log_close();
	buf_done(&w->log);
	free(w);
	address_orders_forget(&orders);
	assert_int_equal(open_lookups, 0);
	assert_int_equal(open_queries, 0);
	return 0;
}

/* Each on a port of its own, so that a packet tells whom it is for. */
static struct server *add(struct world *w, size_t i, const char *name)
{
	servers[i] = (struct server){ .name = name, .port = 1230 + (int)i, .delay_ms = 10 + (int64_t)i };
	snprintf(w->settings.ntp.server[i].address, sizeof w->settings.ntp.server[i].address, "%s:%d", name,
		 servers[i].port);
	return &servers[i];
}

static void configure(struct world *w)
{
	w->in_call = 1;
	clock_configure(w->clock, &w->settings);
	w->in_call = 0;
}

static void start(struct world *w)
{
	configure(w);
	loop_sim_advance(w->loop, 100);
}

static int synchronised(const struct world *w)
{
	return date_state(w->date) == DATE_SYNCHRONISED;
}

static void assert_true_time(const struct world *w)
{
	int64_t now;
	assert_int_equal(date_now(w->date, loop_now_ms(w->loop), &now, NULL), 0);
	int64_t wrong_by = now - (BEGIN_UNIX + loop_now_ms(w->loop) / 1000);
	assert_in_range(wrong_by + 1, 0, 2);
}

static int said(const struct world *w, const char *text)
{
	int n = 0;
	for (const char *at = strstr(buf_str(&w->log), text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

#define assert_tells(text, part)                                                                             \
	do {                                                                                                 \
		if (!strstr(text, part))                                                                     \
			fail_msg("no \"%s\" in \"%s\"", part, text);                                         \
	} while (0)

/* Until it is asked once more, which must come by itself; how long that took. */
static int64_t next_ask(struct world *w, struct server *s)
{
	unsigned before = s->asked;
	int64_t begin = loop_now_ms(w->loop);
	while (s->asked == before) {
		loop_sim_advance(w->loop, 50);
		assert_true(loop_now_ms(w->loop) - begin < 25 * (int64_t)HOUR_MS);
	}
	return loop_now_ms(w->loop) - begin;
}

/* --- tests --- */

static void the_date_is_unknown_until_ntp_comes(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	int64_t now;
	a->manner = SILENT;
	start(w);
	assert_int_equal(w->changes, 1);
	loop_sim_advance(w->loop, TIMEOUT_MS);
	assert_int_equal(w->changes, 2); /* the failure is told */
	loop_sim_advance(w->loop, 10 * MINUTE_MS);
	assert_int_equal(date_state(w->date), DATE_FLOOR);
	assert_int_equal(date_now(w->date, loop_now_ms(w->loop), &now, NULL), -1);
	assert_string_equal(clock_server(w->clock), "");
	assert_tells(clock_trouble(w->clock), "a.test:1230: no answer within 2 s");
	assert_in_range(a->asked, 9, 100);
	a->manner = GOOD;
	unsigned changes = w->changes;
	loop_sim_advance(w->loop, 67000); /* the largest pause, and one that is under way */
	assert_true(synchronised(w));
	assert_in_range(w->changes, changes + 1, changes + 2); /* perhaps one more failure before */
	assert_int_equal(said(w, "synchronised by a.test:1230, the date is 2027-01-15T08:1"), 1);
	assert_true_time(w);
	assert_string_equal(clock_server(w->clock), "a.test:1230");
	assert_string_equal(clock_trouble(w->clock), "");
	assert_int_equal(said(w, "synchronised by a.test:1230"), 1);
}

static void a_day_without_ntp_is_told_a_few_times_only(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = SILENT;
	start(w);
	loop_sim_advance(w->loop, 24 * HOUR_MS);
	assert_int_equal(date_state(w->date), DATE_FLOOR);
	assert_in_range(a->asked, 24 * 3600 / 18, 24 * 3600 / 8); /* at least each 16 s, and no hammering */
	assert_in_range(said(w, "no time from NTP"), 3, 5);       /* the 1st, 10th, 100th, 1000th time */
	assert_tells(buf_str(&w->log), "nothing that needs verification is sent until it is known");
}

static void the_pause_grows(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = NO_NAME;
	configure(w);
	loop_sim_advance(w->loop, 0);
	assert_tells(clock_trouble(w->clock), "a.test:1230: no such name");
	assert_int_equal(a->asked, 0);
	a->manner = SILENT;
	assert_in_range(next_ask(w, a), 0, TIMEOUT_MS + 50);
	for (int i = 2; i < 4; i++) { /* doubling, from 4 s on at least half of it */
		int64_t pause = next_ask(w, a) - TIMEOUT_MS;
		assert_in_range(pause, 1000 << (i - 1), (2000 << (i - 1)) + 100);
	}
	for (int i = 0; i < 50; i++)
		assert_in_range(next_ask(w, a) - TIMEOUT_MS, 0, 16100);
	a->manner = GOOD; /* after a success it begins anew */
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_true(synchronised(w));
	a->manner = SILENT;
	date_reset_floor(w->date, 0);
	clock_poll(w->clock);
	loop_sim_advance(w->loop, 0);
	assert_in_range(next_ask(w, a), 0, TIMEOUT_MS + 2050);
	assert_in_range(next_ask(w, a), 0, TIMEOUT_MS + 4050);
}

/* Its clock may be set any moment: it is asked every few seconds, for as long as that lasts. */
static void a_server_without_time_is_asked_again_in_seconds(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = SILENT; /* both have lost power, and it takes its time to start */
	start(w);
	loop_sim_advance(w->loop, 5 * MINUTE_MS);
	a->manner = NO_TIME;
	loop_sim_advance(w->loop, 17000);
	for (int i = 0; i < 100; i++)
		assert_in_range(next_ask(w, a), 0, 4100);
	assert_false(synchronised(w));
	assert_tells(clock_trouble(w->clock), "a.test:1230: no time yet");
	a->manner = GOOD;
	loop_sim_advance(w->loop, 4100);
	assert_true(synchronised(w));
	assert_in_range(next_ask(w, a), 900000, 1100000);
	a->manner = NO_TIME; /* restarted: the date goes on, nobody hurries */
	next_ask(w, a);
	assert_true(synchronised(w));
	assert_in_range(next_ask(w, a), 60000, 70000);
}

/* They answer; that their answers cannot be used is no reason to ask them all the time. */
static void servers_whose_answers_are_refused_are_asked_each_minute(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->wrong_by_s = -TEN_YEARS_S;
	start(w);
	loop_sim_advance(w->loop, HOUR_MS);
	assert_in_range(a->asked, 3600 / 65, 3600 / 20);
}

static void the_port_is_123_unless_it_is_said(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->port = 123; /* who is asked on another one is nobody */
	snprintf(w->settings.ntp.server[0].address, sizeof w->settings.ntp.server[0].address, "a.test");
	start(w);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "a.test");
}

static void the_distance_allowed_and_the_wait_go_with_the_questions(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	assert_int_equal(a->max_distance_us, 3000000);
	assert_int_equal(a->timeout_ms, 6000);
	w->settings.ntp.max_distance_s = 86400;
	w->settings.ntp.wait_s = 60;
	start(w);
	assert_int_equal(a->asked, 1); /* no reason to begin anew */
	assert_true(synchronised(w));
	next_ask(w, a);
	assert_int_equal(a->max_distance_us, INT64_C(86400000000));
	assert_int_equal(a->timeout_ms, 60000);
}

static void a_false_ticker_is_outvoted_and_named(void **state)
{
	struct world *w = *state;
	add(w, 0, "false.test")->wrong_by_s = TEN_YEARS_S;
	add(w, 1, "b.test");
	add(w, 2, "c.test");
	start(w);
	assert_true(synchronised(w));
	assert_true_time(w);
	assert_int_equal(said(w, "false.test:1230 tells another time than the majority"), 1);
	assert_int_equal(said(w, "tells another time"), 1);
	assert_int_equal(said(w, "synchronised by b.test"), 1);
	assert_string_equal(clock_server(w->clock), "b.test:1231");
}

static void a_false_ticker_that_answers_late_is_named_too(void **state)
{
	struct world *w = *state;
	struct server *late = add(w, 2, "late.test");
	add(w, 0, "a.test");
	add(w, 1, "b.test");
	late->delay_ms = 1500;
	late->wrong_by_s = TEN_YEARS_S;
	start(w);
	assert_true(synchronised(w));
	assert_int_equal(said(w, "tells another time"), 0);
	unsigned changes = w->changes;
	loop_sim_advance(w->loop, 2000);
	assert_int_equal(w->changes, changes);
	assert_int_equal(said(w, "late.test:1232 tells another time than the majority"), 1);
	assert_true_time(w);
	assert_string_equal(clock_server(w->clock), "a.test:1230");
	assert_in_range(next_ask(w, late), 900000, 1100000);
}

static void of_two_that_disagree_none_is_believed(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	struct server *b = add(w, 1, "b.test");
	b->wrong_by_s = 7200;
	start(w);
	assert_false(synchronised(w));
	assert_tells(clock_trouble(w->clock), "disagree");
	assert_tells(clock_trouble(w->clock), "a.test:1230 says");
	assert_tells(clock_trouble(w->clock), "b.test:1231 2 h later");
	b->wrong_by_s = 0;
	loop_sim_advance(w->loop, MINUTE_MS);
	assert_true(synchronised(w));
	assert_true_time(w);
}

/* Two of three that agree suffice: a dead server costs no time. */
static void a_majority_ends_the_round_early(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	add(w, 1, "silent.test")->manner = SILENT;
	add(w, 2, "c.test");
	configure(w);
	loop_sim_advance(w->loop, 11);
	assert_int_equal(open_most, 3); /* all are asked at once */
	assert_false(synchronised(w));  /* one answer is not a majority of three */
	loop_sim_advance(w->loop, 1);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "a.test:1230");
	loop_sim_advance(w->loop, 5000);
	assert_true(synchronised(w));
	assert_string_equal(clock_trouble(w->clock), "");
	assert_int_equal(servers[0].asked, 1);
}

/* While one is still to answer, two that disagree are no failure: it decides. */
static void the_last_answer_decides_between_two(void **state)
{
	struct world *w = *state;
	add(w, 0, "false.test")->wrong_by_s = 7200;
	add(w, 1, "b.test");
	add(w, 2, "late.test")->delay_ms = 1500;
	start(w);
	assert_false(synchronised(w));
	assert_int_equal(said(w, "no time from NTP"), 0);
	assert_string_equal(clock_trouble(w->clock), "");
	loop_sim_advance(w->loop, 1500);
	assert_true(synchronised(w));
	assert_true_time(w);
	assert_int_equal(said(w, "no time from NTP"), 0);
	assert_int_equal(said(w, "false.test:1230 tells another time"), 1);
	assert_string_equal(clock_server(w->clock), "b.test:1231");
}

static void two_of_three_silent_leave_the_third(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test")->manner = SILENT;
	add(w, 1, "b.test")->manner = NO_NAME;
	add(w, 2, "c.test");
	start(w);
	assert_false(synchronised(w));
	loop_sim_advance(w->loop, TIMEOUT_MS);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "c.test:1232");
}

static void retry(struct world *w)
{
	w->in_call = 1;
	clock_retry(w->clock);
	w->in_call = 0;
	loop_sim_advance(w->loop, 100);
}

/* After a change of the network or of the roots: at once if the last round gave no date, otherwise not. */
static void a_round_that_failed_is_tried_again(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	assert_true(synchronised(w));
	retry(w);
	assert_int_equal(a->asked, 1);
	a->manner = SILENT;
	w->in_call = 1;
	clock_poll(w->clock);
	w->in_call = 0;
	loop_sim_advance(w->loop, TIMEOUT_MS + 100);
	assert_int_equal(a->asked, 2);
	assert_true(synchronised(w)); /* the date is carried on */
	a->manner = GOOD;
	retry(w);
	assert_int_equal(a->asked, 3);
	assert_string_equal(clock_trouble(w->clock), "");
}

static void rate_is_obeyed(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = KISS_RATE;
	start(w);
	assert_int_equal(said(w, "a.test:1230: kiss-o'-death RATE; it is not asked for 2 minutes"), 1);
	assert_false(synchronised(w));
	a->manner = GOOD;
	loop_sim_advance(w->loop, 2 * MINUTE_MS - 1000);
	assert_int_equal(a->asked, 1);
	assert_tells(clock_trouble(w->clock), "it has refused to be asked for now");
	loop_sim_advance(w->loop, 80000);
	assert_int_equal(a->asked, 2);
	assert_true(synchronised(w));
}

/* Whoever says so again and again is asked ever less often, but not for ever. */
static void rate_again_slows_further(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = KISS_RATE;
	start(w);
	static const int minutes[] = { 2, 4, 8, 16, 16, 16 };
	for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++)
		assert_in_range(next_ask(w, a), minutes[i] * MINUTE_MS - 200, minutes[i] * MINUTE_MS + 20000);
	a->manner = GOOD;
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_true(synchronised(w));
	a->manner = KISS_RATE; /* a good answer in between: from the beginning */
	next_ask(w, a);
	assert_in_range(next_ask(w, a), 2 * MINUTE_MS - 200, 2 * MINUTE_MS + 70000);
}

static void deny_is_obeyed_for_a_day(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test"), *b = add(w, 1, "b.test");
	a->manner = KISS_DENY;
	start(w);
	assert_int_equal(said(w, "a.test:1230: kiss-o'-death DENY; it is not asked for a day"), 1);
	assert_int_equal(said(w, "configure another"), 0);
	assert_true(synchronised(w)); /* by the other one */
	a->manner = GOOD;
	loop_sim_advance(w->loop, 24 * HOUR_MS - MINUTE_MS);
	assert_int_equal(a->asked, 1);
	assert_true(b->asked > 70);
	loop_sim_advance(w->loop, 20 * MINUTE_MS);
	assert_in_range(a->asked, 2, 3);
}

static void the_only_server_that_denies_is_asked_again_after_a_day(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	a->manner = KISS_DENY;
	start(w);
	assert_int_equal(said(w, "it is not asked for a day: configure another NTP server, or have this one "
				 "serve the device and "
				 "restart sealpostd"),
			 1);
	a->manner = GOOD;
	loop_sim_advance(w->loop, 24 * HOUR_MS - MINUTE_MS);
	assert_int_equal(a->asked, 1);
	assert_false(synchronised(w));
	w->in_call = 1;
	clock_poll(w->clock); /* nor because the network has changed */
	w->in_call = 0;
	loop_sim_advance(w->loop, 100);
	assert_int_equal(a->asked, 1);
	loop_sim_advance(w->loop, MINUTE_MS + 17000);
	assert_int_equal(a->asked, 2);
	assert_true(synchronised(w));
}

/* One host of a pool that refuses is not the pool. */
static void one_address_that_denies_leaves_the_others(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "pool.test");
	a->manner = ODD_ADDRESS_DENIES;
	start(w);
	assert_int_equal(said(w, "kiss-o'-death DENY; the next address of its name is asked"), 1);
	loop_sim_advance(w->loop, 5000);
	assert_true(synchronised(w));
	assert_int_equal(a->last_byte, 2);
	a->manner = KISS_DENY; /* now all of them do */
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "it is not asked for a day"), 0);
	next_ask(w, a);
	unsigned asked = a->asked;
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "it is not asked for a day"), 1);
	loop_sim_advance(w->loop, 23 * HOUR_MS);
	assert_int_equal(a->asked, asked);
	loop_sim_advance(w->loop, 2 * HOUR_MS); /* each is asked once more, and then none for another day */
	assert_int_equal(a->asked, asked + 2);
	assert_int_equal(said(w, "it is not asked for a day"), 2);
}

static void key(struct world *w, size_t i, const char *text, const char *id)
{
	snprintf(w->settings.ntp.server[i].key, sizeof w->settings.ntp.server[i].key, "%s", text);
	snprintf(w->settings.ntp.server[i].key_id, sizeof w->settings.ntp.server[i].key_id, "%s", id);
	w->settings.ntp.server[i].algorithm = SETTINGS_KEY_SHA256;
}

static void who_stays_is_left_alone_when_others_come(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test"), *b;
	add(w, 1, "b.test");
	a->manner = KISS_DENY;
	start(w);
	assert_int_equal(a->asked, 1);
	a->manner = GOOD;
	b = add(w, 1, "c.test");
	snprintf(w->settings.ntp.server[2].address, sizeof w->settings.ntp.server[2].address, "%s",
		 w->settings.ntp.server[0].address); /* in another place */
	w->settings.ntp.server[0].address[0] = '\0';
	start(w);
	assert_true(b->asked > 0);
	assert_int_equal(a->asked, 1);
	/* With a key it is another question. */
	key(w, 2, "open sesame", "17");
	start(w);
	assert_int_equal(a->asked, 2);
}

static void keys_go_with_the_questions(void **state)
{
	struct world *w = *state;
	add(w, 1, "b.test");
	key(w, 1, "open sesame", "17");
	start(w);
	assert_int_equal(servers[1].key_id, 17);
	assert_int_equal(servers[1].asked, 1);
	assert_int_equal(servers[1].algorithm, SNTP_KEY_SHA256);
	key(w, 1, "open barley!", "17");
	start(w);
	assert_int_equal(servers[1].asked, 2);
	w->settings.ntp.server[1].algorithm = SETTINGS_KEY_SHA1;
	start(w);
	assert_int_equal(servers[1].asked, 3);
	assert_int_equal(servers[1].algorithm, SNTP_KEY_SHA1);
	w->settings.ntp.server[1].algorithm = SETTINGS_KEY_NONE;
	start(w);
	assert_int_equal(servers[1].key_id, 0);
	assert_int_equal(servers[1].asked, 4);
}

/* As with a key: once a server has NTS, none without counts, even while no keys can be established; and these
 * are asked for less and less often. */
static void servers_without_nts_do_not_count_beside_one_with(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	add(w, 1, "safe.test");
	w->settings.ntp.server[1].nts = 1;
	w->settings.ntp.server[1].nts_port = 4460;
	start(w);
	assert_int_equal(establishments, 1);
	assert_int_equal(establishment_profile, VERIFY_GUIDE);
	assert_int_equal(clock_authentication(w->clock), CLOCK_AUTHENTICATION_NONE);
	assert_tells(clock_trouble(w->clock), "no keys for NTS: nobody listens");
	assert_int_equal(said(w, "NTP server a.test:1230 is not asked: it has no key and no NTS"), 1);
	w->settings.verification.profile = SETTINGS_PROFILE_STRICT; /* by another policy, at once */
	start(w);
	assert_int_equal(establishments, 2);
	assert_int_equal(establishment_profile, VERIFY_STRICT);
	loop_sim_advance(w->loop, HOUR_MS);
	assert_in_range(establishments, 6, 30);
	/* Directly after an attempt the pause until the next one is not in the text yet. */
	for (int i = 0; i < 60 && !strstr(clock_trouble(w->clock), "asked for again"); i++)
		loop_sim_advance(w->loop, 10 * 1000);
	assert_tells(clock_trouble(w->clock), "keys for NTS are asked for again in");
	assert_int_equal(servers[0].asked + servers[1].asked, 0);
	assert_false(synchronised(w));
	w->settings.ntp.server[1].nts = 0; /* both are asked again */
	start(w);
	assert_true(synchronised(w));
	assert_int_equal(clock_authentication(w->clock), CLOCK_AUTHENTICATION_NONE);
	key(w, 1, "open sesame", "17");
	start(w);
	assert_int_equal(clock_authentication(w->clock), CLOCK_AUTHENTICATION_KEY);
}

/* The server for keys has named another host for the time, which does not answer: that one's addresses and
 * name are in doubt, and not those of the server for keys. */
static void a_time_host_of_its_own_that_fails(void **state)
{
	struct world *w = *state;
	add(w, 1, "safe.test");
	w->settings.ntp.server[1].nts = 1;
	w->settings.ntp.server[1].nts_port = 4460;
	servers[2] = (struct server){ .name = "pool.test", .port = 1232, .manner = SILENT };
	named = &servers[2];
	start(w);
	assert_int_equal(servers[2].asked, 1);
	assert_int_equal(servers[2].last_byte, 1);
	loop_sim_advance(w->loop, TIMEOUT_MS);
	named = NULL;
	assert_int_equal(servers[2].distrusted, 1);
	assert_int_equal(servers[1].distrusted, 0);
	if (servers[2].asked == 1) /* the pause before it is as long as chance wants */
		next_ask(w, &servers[2]);
	assert_int_equal(servers[2].last_byte, 2); /* the other address of its name */
	assert_int_equal(servers[1].asked, 0);
}

/* A server that does not know the keys any more: they are dropped, and established anew. */
static void a_nak_drops_the_keys(void **state)
{
	struct world *w = *state;
	struct server *time = &servers[2];
	add(w, 1, "safe.test");
	w->settings.ntp.server[1].nts = 1;
	w->settings.ntp.server[1].nts_port = 4460;
	*time = (struct server){ .name = "time.test", .port = 1232, .manner = KNOWS_NO_KEYS };
	named = time;
	start(w);
	assert_int_equal(time->asked, 1);
	assert_int_equal(establishments, 1);
	assert_tells(clock_trouble(w->clock), "NTS NAK");
	next_ask(w, time);
	named = NULL;
	assert_int_equal(establishments, 2);
}

/* While a server for keys hangs, the answer of the other one counts after the time that a server has. */
static void a_server_for_keys_that_hangs(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	key(w, 0, "open sesame", "17");
	add(w, 1, "safe.test");
	w->settings.ntp.server[1].nts = 1;
	w->settings.ntp.server[1].nts_port = 4460;
	establishment_ms = 15000;
	start(w);
	assert_int_equal(servers[0].asked, 1);
	assert_false(synchronised(w));
	loop_sim_advance(w->loop, 6000);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "a.test:1230");
	assert_true(clock_is_asking(w->clock));
	loop_sim_advance(w->loop, 10000);
	assert_true_time(w);
	assert_false(clock_is_asking(w->clock));
}

/* The attack: whoever may add time servers adds two without a key that agree on a date long past, faster than
 * the honest one that has a key, and has the floor forgotten. */
static void servers_without_a_key_do_not_count_beside_one_with(void **state)
{
	struct world *w = *state;
	struct server *honest = add(w, 0, "honest.test");
	key(w, 0, "open sesame", "17");
	start(w);
	assert_true(synchronised(w));
	honest->delay_ms = 1500;
	for (size_t i = 1; i < 3; i++) {
		struct server *liar = add(w, i, i == 1 ? "liar1.test" : "liar2.test");
		liar->wrong_by_s = -TEN_YEARS_S;
		liar->delay_ms = 1;
	}
	configure(w);
	assert_true(synchronised(w)); /* nothing has changed that counts */
	date_reset_floor(w->date, 0);
	for (int i = 0; i < 3; i++) {
		clock_poll(w->clock);
		loop_sim_advance(w->loop, 3000);
		assert_true(synchronised(w));
		assert_true_time(w);
	}
	assert_int_equal(servers[1].asked + servers[2].asked, 0);
	static const char why[] = "is not asked: it has no key and no NTS, and another server has: only "
				  "authenticated time counts then";
	assert_int_equal(said(w, why), 2); /* once for each, however often settings are applied */
	configure(w);
	assert_int_equal(said(w, why), 2);
	/* Silencing the honest one leaves the date as it goes on, and after a start none at all. */
	honest->manner = SILENT;
	loop_sim_advance(w->loop, 2 * HOUR_MS);
	assert_true_time(w);
	date_reset_floor(w->date, 0);
	loop_sim_advance(w->loop, 2 * HOUR_MS);
	assert_false(synchronised(w));
	assert_int_equal(servers[1].asked + servers[2].asked, 0);
}

/* Who has the floor forgotten is told when the date is known again. */
static void the_date_is_news_again_after_a_reset(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	assert_int_equal(said(w, "synchronised by a.test:1230"), 1);
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "synchronised by a.test:1230"), 1);
	date_reset_floor(w->date, 0);
	a->manner = SILENT;
	clock_poll(w->clock);
	loop_sim_advance(w->loop, 100);
	assert_string_equal(clock_server(w->clock), "");
	a->manner = GOOD;
	loop_sim_advance(w->loop, 20000);
	assert_int_equal(said(w, "synchronised by a.test:1230"), 2);
	date_reset_floor(w->date, 0);
	clock_poll(w->clock);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "synchronised by a.test:1230"), 3);
}

/* A wrong date of one answer years ahead is taken back by the next, and both steps are told. */
static void a_date_that_jumps_is_told(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "clock: the date was"), 0);
	a->wrong_by_s = TEN_YEARS_S;
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "clock: the date was"), 1);
	assert_int_equal(said(w, "clock: the date was 2027-01-15T08:3"), 1);
	assert_int_equal(said(w, " and is 2037-01-12T08:"), 1);
	a->wrong_by_s = 0;
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_true_time(w);
	assert_int_equal(said(w, "clock: the date was"), 2);
	assert_int_equal(said(w, " now, by a.test:1230"), 2);
	a->wrong_by_s = 59;
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	a->wrong_by_s = -5;
	next_ask(w, a);
	loop_sim_advance(w->loop, 100);
	assert_int_equal(said(w, "clock: the date was"), 3); /* 64 s back; 59 s ahead was not worth a word */
}

/* Among servers with keys, and among those without, the majority decides as ever. */
static void servers_with_keys_have_their_majority(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	add(w, 1, "b.test");
	add(w, 2, "c.test")->wrong_by_s = TEN_YEARS_S;
	for (size_t i = 0; i < 3; i++)
		key(w, i, "open sesame", "17");
	start(w);
	assert_true_time(w);
	assert_int_equal(said(w, "c.test:1232 tells another time"), 1);
	/* The date of those without a key is forgotten when one gets a key. */
	for (size_t i = 0; i < 3; i++)
		w->settings.ntp.server[i].algorithm = SETTINGS_KEY_NONE;
	start(w);
	assert_true(synchronised(w));
	servers[2].manner = SILENT;
	key(w, 2, "open sesame", "17");
	start(w);
	assert_false(synchronised(w));
}

static void a_bad_key_is_told_and_the_server_left_out(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	add(w, 1, "b.test");
	key(w, 0, "wrong", "1");
	key(w, 1, "right", "1");
	start(w);
	assert_int_equal(said(w, "NTP server a.test:1230 is not asked: its key: the key is of no use"), 1);
	start(w);
	assert_int_equal(said(w, "is not asked"), 1);
	assert_int_equal(servers[0].asked, 0);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "b.test:1231");
}

/* Nor does it make those without a key count. */
static void a_bad_key_does_not_bring_in_servers_without(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test");
	add(w, 1, "b.test");
	key(w, 0, "wrong", "1");
	start(w);
	assert_false(synchronised(w));
	assert_int_equal(servers[1].asked, 0);
	assert_tells(clock_trouble(w->clock), "none of the configured NTP servers can be asked");
	w->settings.ntp.server[0].address[0] = '\0'; /* without the server the key means nothing */
	start(w);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "b.test:1231");
}

/* Who configured a server with a key does not want the kernel's word in its place. */
static void a_bad_key_does_not_bring_in_the_kernel(void **state)
{
	struct world *w = *state;
	kernel.is_synchronised = 1;
	kernel.unix_s = BEGIN_UNIX;
	start(w);
	assert_true(synchronised(w));
	unsigned asked = kernel.asked;
	add(w, 0, "a.test");
	key(w, 0, "wrong", "1");
	start(w);
	loop_sim_advance(w->loop, MINUTE_MS);
	assert_false(synchronised(w));
	assert_int_equal(kernel.asked, asked);
	assert_tells(clock_trouble(w->clock), "none of the configured NTP servers can be asked");
	w->settings.ntp.mode = SETTINGS_NTP_MANUAL;
	start(w);
	assert_tells(clock_trouble(w->clock), "none of the configured NTP servers can be asked");
	key(w, 0, "right", "1");
	start(w);
	assert_true(synchronised(w));
}

static void polls_are_slow_and_scattered(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	int64_t least = INT64_MAX, most = 0;
	start(w);
	for (int i = 0; i < 12; i++) {
		int64_t pause = next_ask(w, a);
		least = pause < least ? pause : least;
		most = pause > most ? pause : most;
		loop_sim_advance(w->loop, 50);
	}
	assert_true(least >= 1024000 - 64000 - 200);
	assert_true(most <= 1024000 + 64000 + 200);
	assert_true(most - least > 1000);
	assert_true(synchronised(w));
	assert_int_equal(said(w, "synchronised by"), 1);
	assert_true_time(w);
}

static void off_is_off(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	kernel.is_synchronised = 1;
	start(w);
	assert_true(synchronised(w));
	unsigned changes = w->changes;
	w->settings.ntp.mode = SETTINGS_NTP_OFF;
	configure(w);
	assert_false(synchronised(w));
	assert_string_equal(clock_server(w->clock), "");
	loop_sim_advance(w->loop, HOUR_MS);
	assert_int_equal(a->asked, 1);
	assert_int_equal(kernel.asked, 0);
	assert_string_equal(clock_trouble(w->clock), "NetworkServices NTP Mode is Off");
	assert_int_equal(w->changes, changes + 1);
}

static void manual_without_a_server_asks_nobody(void **state)
{
	struct world *w = *state;
	kernel.is_synchronised = 1;
	kernel.unix_s = BEGIN_UNIX;
	w->settings.ntp.mode = SETTINGS_NTP_MANUAL;
	start(w);
	loop_sim_advance(w->loop, HOUR_MS);
	assert_false(synchronised(w));
	assert_int_equal(kernel.asked, 0);
	assert_tells(clock_trouble(w->clock), "Manual and no server is configured");
	assert_int_equal(w->changes, 1);
}

static void auto_without_a_server_takes_the_kernels_word(void **state)
{
	struct world *w = *state;
	kernel.unix_s = BEGIN_UNIX;
	start(w);
	assert_false(synchronised(w));
	assert_tells(clock_trouble(w->clock),
		     "no NTP server is configured, and the kernel says that its clock is not synchronised");
	loop_sim_advance(w->loop, MINUTE_MS);
	assert_in_range(kernel.asked, 6, 8);
	kernel.is_synchronised = 1;
	kernel.unix_s = BEGIN_UNIX + 70;
	loop_sim_advance(w->loop, 10000);
	assert_true(synchronised(w));
	assert_true_time(w);
	assert_string_equal(clock_server(w->clock), "kernel");
	assert_string_equal(clock_trouble(w->clock), "");
	unsigned asked = kernel.asked;
	loop_sim_advance(w->loop, MINUTE_MS);
	assert_int_equal(kernel.asked, asked); /* it is not asked so often any more */
	loop_sim_advance(w->loop, MINUTE_MS);
	assert_true(kernel.asked > asked);
}

/* Each of the three ways in which the kernel says that nobody keeps its clock. */
static void a_kernel_that_is_not_sure_is_not_believed(void **state)
{
	struct world *w = *state;
	static const struct {
		int result, status;
		long maxerror;
		int is_good;
	} all[] = {
		{ TIME_ERROR, 0, 1000, 0 },     { TIME_OK, STA_UNSYNC, 1000, 0 },
		{ TIME_OK, 0, 16000000, 0 },    { TIME_OK, 0, 16000001, 0 },
		{ TIME_OK, 0, 15999999, 1 },    { TIME_OK, STA_NANO, 1000, 1 },
		{ TIME_INS, STA_INS, 1000, 1 }, { TIME_WAIT, 0, 1000, 1 },
	};
	kernel.is_synchronised = 1;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		kernel.result = all[i].result;
		kernel.status = all[i].status;
		kernel.maxerror = all[i].maxerror;
		kernel.unix_s = BEGIN_UNIX + loop_now_ms(w->loop) / 1000;
		w->settings.ntp.mode = SETTINGS_NTP_OFF;
		configure(w);
		w->settings.ntp.mode = SETTINGS_NTP_AUTO;
		configure(w);
		loop_sim_advance(w->loop, 0);
		if (synchronised(w) != all[i].is_good)
			fail_msg("result %d, status 0x%x, maxerror %ld", all[i].result,
				 (unsigned)all[i].status, all[i].maxerror);
		int64_t at;
		if (all[i].is_good) {
			assert_int_equal(date_now(w->date, loop_now_ms(w->loop), &at, NULL), 0);
			assert_int_equal(at,
					 kernel.unix_s); /* the fraction counts as micro- or nanoseconds */
		}
		loop_sim_advance(w->loop, 1000);
	}
}

static void a_date_below_the_floor_is_refused(void **state)
{
	struct world *w = *state;
	add(w, 0, "a.test")->wrong_by_s = -TEN_YEARS_S;
	start(w);
	assert_int_equal(date_state(w->date), DATE_FLOOR);
	assert_tells(clock_trouble(w->clock), "which has certainly passed");
}

static void other_servers_mean_another_start(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	assert_true(synchronised(w));
	start(w); /* nothing is different: nothing happens */
	assert_true(synchronised(w));
	assert_int_equal(a->asked, 1);
	struct server *b = add(w, 0, "b.test");
	b->manner = SILENT;
	configure(w);
	assert_false(synchronised(w));
	assert_string_equal(clock_server(w->clock), "");
	loop_sim_advance(w->loop, 100);
	assert_int_equal(open_queries, 1);
	add(w, 0, "c.test"); /* while b is being asked: that question is dropped */
	configure(w);
	assert_int_equal(open_queries, 0);
	loop_sim_advance(w->loop, 100);
	assert_true(synchronised(w));
	assert_string_equal(clock_server(w->clock), "c.test:1230");
}

static void the_date_goes_on_without_servers(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	a->manner = SILENT;
	loop_sim_advance(w->loop, 12 * HOUR_MS);
	assert_true(synchronised(w));
	assert_true_time(w);
	assert_in_range(a->asked, 500, 700); /* about once a minute */
	assert_tells(clock_trouble(w->clock), "no answer");
	assert_tells(buf_str(&w->log), "the date that was known before is carried on");
	assert_in_range(said(w, "no time from NTP"), 2, 4);
	a->manner = GOOD;
	loop_sim_advance(w->loop, 2 * MINUTE_MS);
	assert_string_equal(clock_trouble(w->clock), "");
	assert_int_equal(said(w, "synchronised by a.test:1230"), 2);
}

static void another_address_is_tried_after_a_failure(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "pool.test");
	a->manner = SILENT;
	start(w);
	assert_int_equal(a->last_byte, 1);
	next_ask(w, a);
	assert_int_equal(a->last_byte, 2);
	next_ask(w, a);
	assert_int_equal(a->last_byte, 1);
	next_ask(w, a);
	assert_int_equal(a->last_byte, 2);
	a->manner = GOOD;
	loop_sim_advance(w->loop, TIMEOUT_MS + 100);
	assert_true(synchronised(w));
	unsigned char good = a->last_byte;
	assert_int_equal(a->distrusted, 3); /* DNS may have been wrong, too: it was asked anew each time */
	next_ask(w, a);
	assert_int_equal(a->last_byte, good); /* the one that answered is asked again */
}

static void asks_at_once_when_told_to(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	w->in_call = 1;
	clock_poll(w->clock);
	w->in_call = 0;
	assert_int_equal(a->asked, 1);
	loop_sim_advance(w->loop, 0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(a->asked, 2); /* still open when the clock is freed */
	assert_int_equal(open_queries, 1);
}

static void poll_now(void *arg)
{
	clock_poll(arg);
}

/* An answer that comes in the same turn of the loop does not take its place. */
static void a_round_that_was_asked_for_begins_in_any_case(void **state)
{
	struct world *w = *state;
	struct server *a = add(w, 0, "a.test");
	start(w);
	unsigned asked = a->asked;
	struct loop_timer *timer = loop_timer_new(w->loop, poll_now, w->clock);
	loop_timer_in(timer, a->delay_ms);
	clock_poll(w->clock);
	loop_sim_advance(w->loop, 1000);
	loop_timer_free(timer);
	assert_int_equal(a->asked, asked + 2);
	assert_false(clock_is_asking(w->clock));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_date_is_unknown_until_ntp_comes),
		TEST(a_day_without_ntp_is_told_a_few_times_only),
		TEST(the_pause_grows),
		TEST(a_server_without_time_is_asked_again_in_seconds),
		TEST(servers_whose_answers_are_refused_are_asked_each_minute),
		TEST(the_port_is_123_unless_it_is_said),
		TEST(the_distance_allowed_and_the_wait_go_with_the_questions),
		TEST(a_false_ticker_is_outvoted_and_named),
		TEST(a_false_ticker_that_answers_late_is_named_too),
		TEST(of_two_that_disagree_none_is_believed),
		TEST(a_majority_ends_the_round_early),
		TEST(the_last_answer_decides_between_two),
		TEST(two_of_three_silent_leave_the_third),
		TEST(a_nak_drops_the_keys),
		TEST(a_server_for_keys_that_hangs),
		TEST(a_round_that_failed_is_tried_again),
		TEST(rate_is_obeyed),
		TEST(rate_again_slows_further),
		TEST(deny_is_obeyed_for_a_day),
		TEST(the_only_server_that_denies_is_asked_again_after_a_day),
		TEST(one_address_that_denies_leaves_the_others),
		TEST(who_stays_is_left_alone_when_others_come),
		TEST(keys_go_with_the_questions),
		TEST(servers_without_nts_do_not_count_beside_one_with),
		TEST(a_time_host_of_its_own_that_fails),
		TEST(servers_without_a_key_do_not_count_beside_one_with),
		TEST(the_date_is_news_again_after_a_reset),
		TEST(a_date_that_jumps_is_told),
		TEST(servers_with_keys_have_their_majority),
		TEST(a_bad_key_is_told_and_the_server_left_out),
		TEST(a_bad_key_does_not_bring_in_servers_without),
		TEST(a_bad_key_does_not_bring_in_the_kernel),
		TEST(polls_are_slow_and_scattered),
		TEST(off_is_off),
		TEST(manual_without_a_server_asks_nobody),
		TEST(auto_without_a_server_takes_the_kernels_word),
		TEST(a_kernel_that_is_not_sure_is_not_believed),
		TEST(a_date_below_the_floor_is_refused),
		TEST(other_servers_mean_another_start),
		TEST(the_date_goes_on_without_servers),
		TEST(another_address_is_tried_after_a_failure),
		TEST(asks_at_once_when_told_to),
		TEST(a_round_that_was_asked_for_begins_in_any_case),
	};
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
