/* SPDX-License-Identifier: MIT */
/* nts_keys: when keys are established, how long they hold, and which date counts. The exchange with the
 * server is played, the certificates are real. */
#include "../../src/clock/nts_keys.h"
#include "base/mem.h"
#include "tls_server.h"
#include "trust/fitness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };

/* --- the exchange that is played --- */

struct nts_ke {
	void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e);
	void *arg;
	struct loop_timer *timer;
};

struct world {
	struct loop *loop;
	struct anchors *anchors;
	struct nts_keys *keys;
	struct tls_cert root, leaf;
	struct verify_chain *chain;
	int64_t from, until; /* the leaf is valid */
	int is_good;         /* the server gives keys */
	int asked, told;
	struct err err;
};
static struct world *played;

void nts_ke_cancel(struct nts_ke *k)
{
	if (!k)
		return;
	loop_timer_free(k->timer);
	free(k);
}

static void exchange_ends(void *arg)
{
	struct nts_ke k = *(struct nts_ke *)arg;
	struct nts_ke_result *r = mem_new(sizeof *r);
	struct err e = { .kind = ERR_NONE };
	nts_ke_cancel(arg);
	memset(r->association.c2s, 'c', NTS_KEY);
	r->association.cookies.n = NTS_COOKIES;
	r->address.family = AF_INET;
	r->chain = played->chain;
	if (!played->is_good)
		err_set(&e, ERR_NET, 0, "nobody listens");
	k.fn(k.arg, played->is_good ? r : NULL, &e);
	free(r);
}

struct nts_ke *nts_ke_start(const struct tls_stream_world *w, const struct nts_ke_request *r,
			    void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e),
			    void *arg)
{
	struct nts_ke *k = mem_new(sizeof *k);
	*k = (struct nts_ke){ fn, arg, loop_timer_new(w->loop, exchange_ends, k) };
	assert_string_equal(r->host, "time.test");
	assert_string_equal(r->service, "NTS 3");
	played->asked++;
	loop_timer_in(k->timer, 10);
	return k;
}

/* --- set-up --- */

static void on_done(void *arg, const struct err *e)
{
	struct world *w = arg;
	w->told++;
	w->err = *e;
}

static void add_anchor(struct world *w, const struct tls_cert *c)
{
	char *pem = tls_cert_pem(c);
	struct anchors_upload u = {
		.data = pem, .len = strlen(pem), .mode = ANCHORS_ADD, .now_unix = w->from
	};
	struct err e;
	if (anchors_put(w->anchors, &u, NULL, NULL, &e) != 0)
		fail_msg("%s", e.text);
	free(pem);
}

static int setup(void **state)
{
	struct world *w = played = mem_new(sizeof *w);
	w->loop = loop_new_sim();
	w->from = 1700000000;
	w->until = w->from + 100 * 86400;
	w->root = tls_cert(&(struct tls_cert_recipe){
		.name = "Root", .ca = 1, .not_before = w->from - 86400, .not_after = w->until + 86400 });
	w->leaf = tls_cert(&(struct tls_cert_recipe){ .name = "time.test",
						      .san = "DNS:time.test",
						      .issuer = &w->root,
						      .not_before = w->from,
						      .not_after = w->until });
	w->anchors = anchors_open(NULL, fitness_checks(), NULL, NULL);
	add_anchor(w, &w->root);
	char *pem = tls_cert_pem(&w->leaf);
	w->chain = verify_chain_new(pem, strlen(pem), NULL);
	free(pem);
	w->is_good = 1;
	w->keys =
		nts_keys_new(&(struct nts_keys_options){ .world = { .loop = w->loop, .anchors = w->anchors },
							 .number = 3,
							 .host = "time.test",
							 .port = 4460,
							 .ntp_port = 123 });
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	nts_keys_free(w->keys);
	verify_chain_free(w->chain);
	tls_cert_done(&w->leaf);
	tls_cert_done(&w->root);
	anchors_free(w->anchors);
	loop_free(w->loop);
	free(w);
	return 0;
}

static void establish(struct world *w)
{
	int before = w->told;
	nts_keys_establish(w->keys, on_done, w);
	assert_int_equal(w->told, before);
	loop_sim_advance(w->loop, 20);
	assert_int_equal(w->told, before + 1);
}

/* --- tests --- */

static void keys_hold_while_there_are_cookies(void **state)
{
	struct world *w = *state;
	assert_int_equal(nts_keys_are_there(w->keys), 0);
	assert_int_equal(nts_keys_may_establish(w->keys, NULL), 0);
	establish(w);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(nts_keys_are_there(w->keys), 1);
	assert_int_equal(nts_keys_cookies(w->keys), 8);
	assert_string_equal(nts_keys_ntp_host(w->keys), "");
	assert_int_equal(nts_keys_ntp_port(w->keys), 123);
	assert_int_equal(nts_keys_address(w->keys)->family, AF_INET);
	nts_keys_association(w->keys)->cookies.n = 1;
	assert_int_equal(nts_keys_are_there(w->keys), 1);
	nts_keys_association(w->keys)->cookies.n = 0; /* eight questions without an answer */
	assert_int_equal(nts_keys_are_there(w->keys), 0);
	assert_int_equal(nts_keys_may_establish(w->keys, NULL), 0); /* at once */
	assert_int_equal(nts_keys_association(w->keys)->c2s[0], 0); /* and the keys are wiped */
}

static void they_end_when_the_roots_change(void **state)
{
	struct world *w = *state;
	struct tls_cert other = tls_cert(&(struct tls_cert_recipe){
		.name = "Other", .ca = 1, .not_before = w->from - 86400, .not_after = w->until });
	establish(w);
	add_anchor(w, &other);
	assert_int_equal(nts_keys_are_there(w->keys), 0);
	tls_cert_done(&other);
}

static void a_date_counts_only_within_the_chain(void **state)
{
	struct world *w = *state;
	const int64_t bad[] = { 1, w->from - 1, w->until + 1, w->until + 86400L * 3650 };
	struct err e;
	establish(w);
	assert_int_equal(nts_keys_check_date(w->keys, w->from, &e), 0);
	assert_int_equal(nts_keys_check_date(w->keys, w->until, &e), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		establish(w);
		assert_int_equal(nts_keys_check_date(w->keys, bad[i], &e), -1);
		assert_non_null(strstr(e.text, "on that date its own certificate is not trusted"));
		assert_int_equal(nts_keys_are_there(w->keys), 0);
	}
}

/* Returns the milliseconds until they may be established again. */
static int64_t pause_ms(struct world *w)
{
	struct err e;
	int64_t ms = 0;
	for (; nts_keys_may_establish(w->keys, &e) < 0; ms += 100) {
		assert_non_null(strstr(e.text, "keys for NTS are asked for again in"));
		loop_sim_advance(w->loop, 100);
		assert_true(ms < 20 * MINUTE_MS);
	}
	return ms;
}

static void pauses_grow_until_an_answer_is_good(void **state)
{
	struct world *w = *state;
	int64_t longest = 0;
	struct err e;
	w->is_good = 0;
	for (int i = 0; i < 30; i++) {
		establish(w);
		assert_int_equal(w->err.kind, ERR_NET);
		assert_non_null(strstr(w->err.text, "no keys for NTS: nobody listens"));
		int64_t ms = pause_ms(w);
		longest = ms > longest ? ms : longest;
		assert_true(ms <= (10 * SECOND_MS << (i < 7 ? i : 7)) + 100);
	}
	assert_true(longest > 2 * MINUTE_MS && longest <= 15 * MINUTE_MS + 100);
	w->is_good = 1; /* a server that gives keys and then does not know them counts as failing, too */
	establish(w);
	nts_keys_drop(w->keys);
	assert_true(nts_keys_may_establish(w->keys, &e) < 0);
	establish(w);
	assert_int_equal(nts_keys_check_date(w->keys, w->from, &e), 0);
	nts_keys_drop(w->keys);
	assert_true(pause_ms(w) <= 10 * SECOND_MS + 100);
}

static void other_roots_are_another_try(void **state)
{
	struct world *w = *state;
	struct tls_cert other = tls_cert(&(struct tls_cert_recipe){
		.name = "Other", .ca = 1, .not_before = w->from - 86400, .not_after = w->until });
	w->is_good = 0;
	for (int i = 0; i < 5; i++)
		establish(w);
	assert_int_equal(nts_keys_may_establish(w->keys, NULL), -1);
	add_anchor(w, &other);
	assert_int_equal(nts_keys_may_establish(w->keys, NULL), 0);
	tls_cert_done(&other);
}

static void stopped_it_tells_nothing(void **state)
{
	struct world *w = *state;
	nts_keys_establish(w->keys, on_done, w);
	nts_keys_stop(w->keys);
	loop_sim_advance(w->loop, 1000);
	assert_int_equal(w->told, 0);
	nts_keys_establish(w->keys, on_done, w); /* and is freed in the midst of it */
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(keys_hold_while_there_are_cookies),   in_world(they_end_when_the_roots_change),
		in_world(a_date_counts_only_within_the_chain), in_world(pauses_grow_until_an_answer_is_good),
		in_world(other_roots_are_another_try),         in_world(stopped_it_tells_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
