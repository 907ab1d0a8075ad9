/* SPDX-License-Identifier: MIT */
/* What ends is foretold: by a whole agent with certificates made for this test, on days that it plays. */
#include "../../src/agent/agent_internal.h"
#include "../../src/diagnostics/diagnostics_internal.h"
#include "../../src/store/tx.h"

#include "diagnostics/diagnostics.h"

#include "agent/security.h"
#include "diagnostics/inspect.h"
#include "diagnostics/preflight.h"
#include "base/log.h"

#include "factory.h"
#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

enum { HOUR = 3600, HOUR_MS = HOUR * 1000 };

struct world {
	char folder[FOLDER_MAX];
	struct loop *loop;
	struct agent *agent;
	struct diagnostics *diagnostics;
	struct agent_listener *listener;
	int events;
	char kind[32], name[512], left[32];
	int warnings, errors; /* lines about an end */
	int not_kept;         /* lines about marks that cannot be stored */
};

static void heard(void *arg, const struct doc *change)
{
	struct world *w = arg;
	const struct doc *d = doc_child(change, "CertificateExpiry", 0);
	if (strcmp(change->name, "Event") != 0 || !d)
		return;
	w->events++;
	snprintf(w->kind, sizeof w->kind, "%s", doc_text(d, "Kind", ""));
	snprintf(w->name, sizeof w->name, "%s", doc_text(d, "Name", ""));
	snprintf(w->left, sizeof w->left, "%s", doc_text(d, "DaysLeft", ""));
}

static void logged(void *arg, enum log_level level, const char *line)
{
	struct world *w = arg;
	w->warnings += level == LOG_LEVEL_WARNING && strstr(line, "have it renewed");
	w->errors += level == LOG_LEVEL_ERROR && strstr(line, "has ended on");
	w->not_kept += strstr(line, "could not keep which warnings") != NULL;
}

static void begin(struct world *w)
{
	struct agent_options o = { .loop = w->loop, .state = w->folder };
	struct settings_pair off = { "NetworkServices NTP Mode", "Off", SETTINGS_FROM_TERMINAL };
	struct err e = { 0 };
	assert_int_equal(agent_new(&o, &w->agent, &e), 0);
	w->diagnostics = diagnostics_new(w->agent);
	assert_int_equal(agent_configure(w->agent, &off, 1, &e), 0);
	loop_sim_advance(w->loop, 0);
	w->listener = agent_listen(w->agent, heard, w);
}

static void end(struct world *w)
{
	agent_unlisten(w->listener);
	diagnostics_free(w->diagnostics);
	agent_free(w->agent);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	folder_make(w->folder);
	w->loop = loop_new_sim();
	begin(w);
	log_set_tap(logged, w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	log_set_tap(NULL, NULL);
	end(w);
	loop_free(w->loop);
	log_close();
	folder_remove(w->folder);
	free(w);
	return 0;
}

static void it_is(struct world *w, int64_t offset_s)
{
	struct err e;
	date_reset_floor(w->agent->date, 0);
	if (date_offer_kernel(w->agent->date, (FACTORY_NOW + offset_s) * 1000000, loop_now_ms(w->loop), &e) <
	    0)
		fail_msg("%s", e.text);
}

/* How many ends are told by a look at this second. */
static int told_at(struct world *w, int64_t offset_s)
{
	int before = w->events;
	it_is(w, offset_s);
	expiry_check(w->diagnostics);
	loop_sim_advance(w->loop, 0);
	return w->events - before;
}

static void done(void *arg, const struct err *e)
{
	(void)arg;
	if (e->kind != ERR_NONE)
		fail_msg("%s", e->text);
}

static void add_root(struct world *w, const struct recipe *r)
{
	struct made root = factory_make(r, NULL, factory_ca);
	struct doc *result = doc_new("Result");
	struct preflight *t;
	struct err e;
	char pem[8192] = "";
	factory_pem(&root, pem, sizeof pem);
	struct preflight_request q = { .what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem) };
	if (preflight_start(w->agent, &q, result, done, w, &t, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 0);
	doc_free(result);
	factory_free(&root);
}

/* A life of 300 days. */
static const struct recipe root_recipe = { .subject = "/CN=Root", .from = -10 * DAY, .to = 290 * DAY };

static void each_threshold_is_told_once(void **state)
{
	struct world *w = *state;
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 0), 0);
	assert_int_equal(told_at(w, 190 * DAY - 5), 0);
	assert_int_equal(told_at(w, 190 * DAY + 5), 1);
	assert_string_equal(w->kind, "Root");
	assert_string_equal(w->name, "/CN=Root");
	assert_string_equal(w->left, "99");
	assert_int_equal(told_at(w, 200 * DAY), 0);
	assert_int_equal(told_at(w, 260 * DAY - 5), 0);
	assert_int_equal(told_at(w, 260 * DAY + 5), 1); /* a tenth, and 30 days */
	assert_int_equal(told_at(w, 276 * DAY - 5), 0);
	assert_int_equal(told_at(w, 276 * DAY + 5), 1);
	assert_int_equal(told_at(w, 283 * DAY - 5), 0);
	assert_int_equal(told_at(w, 283 * DAY + 5), 1);
	assert_int_equal(told_at(w, 289 * DAY - 5), 0);
	assert_int_equal(told_at(w, 289 * DAY + 5), 1);
	assert_string_equal(w->left, "0");
	assert_int_equal(told_at(w, 290 * DAY - 5), 0);
	assert_int_equal(w->errors, 0);
	assert_int_equal(w->warnings, 5);
	assert_int_equal(told_at(w, 290 * DAY + 5), 1);
	assert_string_equal(w->left, "-1");
	assert_int_equal(told_at(w, 400 * DAY), 0);
	assert_int_equal(w->errors, 1);
	assert_int_equal(w->warnings, 5);
}

static void the_list_is_by_days_left(void **state)
{
	struct world *w = *state;
	struct recipe soon = root_recipe, sooner = root_recipe, later = root_recipe;
	soon.subject = "/CN=Soon";
	sooner.subject = "/CN=Sooner";
	sooner.to -= 10 * DAY;
	later.subject = "/CN=Later";
	later.to += 1000 * DAY;
	add_root(w, &later);
	add_root(w, &soon);
	add_root(w, &sooner);
	it_is(w, 200 * DAY);
	struct doc *d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[1]/Name", ""), "/CN=Sooner");
	assert_string_equal(doc_text(d, "Security/Expiring[1]/DaysLeft", ""), "80");
	assert_string_equal(doc_text(d, "Security/Expiring[2]/Name", ""), "/CN=Soon");
	assert_string_equal(doc_text(d, "Security/Expiring[2]/SelfSigned", ""), "False");
	assert_null(doc_get(d, "Security/Expiring[3]"));
	doc_free(d);
}

static void a_restart_does_not_tell_again(void **state)
{
	struct world *w = *state;
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 195 * DAY), 1);
	end(w);
	begin(w);
	assert_int_equal(told_at(w, 196 * DAY), 0);
	assert_int_equal(told_at(w, 265 * DAY), 1);
	end(w);
	begin(w);
	assert_int_equal(told_at(w, 266 * DAY), 0);
}

static void remove_root(struct world *w)
{
	struct err e;
	if (security_ca_clear(w->agent, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 0);
}

/* What was told of a certificate is remembered while it is there, and some time longer. */
static void marks_of_what_is_gone_go(void **state)
{
	struct world *w = *state;
	struct recipe other = root_recipe;
	other.subject = "/CN=Other";
	other.to += 400 * DAY;
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 195 * DAY), 1);
	for (int day = 196; day < 260; day += 9)
		assert_int_equal(told_at(w, day * DAY), 0);
	remove_root(w);
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 259 * DAY), 0); /* only a moment away */
	remove_root(w);
	add_root(w, &other);
	assert_int_equal(told_at(w, 520 * DAY), 1); /* with its mark the old ones go */
	it_is(w, 259 * DAY);
	remove_root(w);
	add_root(w, &root_recipe);
	assert_int_equal(w->events, 3);
}

static void stages_that_were_slept_through_are_one(void **state)
{
	struct world *w = *state;
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 290 * DAY - 5 * HOUR), 1);
	assert_int_equal(told_at(w, 290 * DAY - 4 * HOUR), 0);
}

static void a_renewed_one_is_another(void **state)
{
	struct world *w = *state;
	struct recipe later = root_recipe;
	later.to += DAY;
	add_root(w, &root_recipe);
	assert_int_equal(told_at(w, 195 * DAY), 1);
	add_root(w, &later);
	assert_int_equal(w->events, 2);
	assert_int_equal(told_at(w, 195 * DAY), 0);
}

static void a_look_comes_each_hour(void **state)
{
	struct world *w = *state;
	it_is(w, 0);
	add_root(w, &root_recipe);
	loop_sim_advance(w->loop, HOUR_MS);
	assert_int_equal(w->events, 0);
	it_is(w, 190 * DAY - 5);
	loop_sim_advance(w->loop, HOUR_MS + 10000);
	assert_int_equal(w->events, 1);
	it_is(w, 260 * DAY - 5);
	loop_sim_advance(w->loop, HOUR_MS + 10000);
	assert_int_equal(w->events, 2);
}

static void without_a_date_nothing_is_told(void **state)
{
	struct world *w = *state;
	struct doc *d;
	add_root(w, &(struct recipe){ .subject = "/CN=Old", .from = -900 * DAY, .to = -800 * DAY });
	loop_sim_advance(w->loop, HOUR_MS);
	assert_int_equal(w->events, 0);
	d = agent_status(w->agent);
	assert_null(doc_get(d, "Security/Expiring[1]"));
	doc_free(d);
	assert_int_equal(told_at(w, 0), 1);
}

/* A list lives for days: a fifth is the one warning before its end. */
static void revocation_lists_have_their_own_measure(void **state)
{
	struct world *w = *state;
	struct made root = factory_make(&root_recipe, NULL, factory_ca);
	struct doc *result = doc_new("Result");
	struct err e;
	char pem[8192] = "", endless[8192] = "";
	factory_list_pem(&(struct list_recipe){ .issuer = &root, .from = -DAY, .to = 9 * DAY }, pem,
			 sizeof pem);
	factory_list_pem(&(struct list_recipe){ .issuer = &root, .from = -2 * DAY, .to = 1 }, endless,
			 sizeof endless);
	told_at(w, 0);
	assert_int_equal(security_crl_put(w->agent, endless, strlen(endless), result, &e), 0);
	assert_int_equal(told_at(w, 5000 * DAY), 0); /* one that says no end has none */
	told_at(w, 0);
	assert_int_equal(security_crl_put(w->agent, pem, strlen(pem), result, &e), 0);
	assert_int_equal(told_at(w, 7 * DAY - 5), 0);
	assert_int_equal(told_at(w, 7 * DAY + 5), 1);
	assert_string_equal(w->kind, "RevocationList");
	assert_string_equal(w->name, "/CN=Root");
	assert_int_equal(told_at(w, 9 * DAY - 5), 0);
	assert_int_equal(told_at(w, 9 * DAY + 5), 1);
	assert_int_equal(w->errors, 1);
	doc_free(result);
	factory_free(&root);
}

static void own_certificates_are_looked_at(void **state)
{
	struct world *w = *state;
	struct made own = factory_make(&(struct recipe){ .subject = "/CN=codec" }, NULL, factory_leaf);
	struct err e;
	char pem[8192] = "";
	factory_pem(&own, pem, sizeof pem);
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	PEM_write_bio_PrivateKey(b, own.key, NULL, NULL, 0, NULL, NULL);
	long len = BIO_get_mem_data(b, &data);
	snprintf(pem + strlen(pem), sizeof pem - strlen(pem), "%.*s", (int)len, data);
	BIO_free(b);
	told_at(w, 0);
	struct doc *result = doc_new("Result");
	if (security_own_put(w->agent, &(struct security_own_request){ .data = pem, .len = strlen(pem) },
			     result, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(strlen(doc_text(result, "Fingerprint", "")), 40);
	doc_free(result);
	assert_int_equal(told_at(w, 60 * DAY), 0);
	assert_int_equal(told_at(w, 70 * DAY), 1);
	assert_string_equal(w->kind, "OwnCertificate");
	assert_string_equal(w->name, "/CN=codec");
	struct doc *d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[1]/SelfSigned", ""), "True");
	doc_free(d);
	factory_free(&own);
}

static void servers_are_looked_at(void **state)
{
	struct world *w = *state;
	/* valid_until: a revocation list that is renewed in time, which is looked at as itself */
	struct verdict v = { .certificate_from = FACTORY_NOW - 10 * DAY,
			     .certificate_until = FACTORY_NOW + 80 * DAY,
			     .valid_until = FACTORY_NOW + 3 * DAY };
	struct verdict_context c = { .service = "Phonebook", .host = "phones.example.com", .enforced = 1 };
	verdicts_note(w->agent, &v, &c);
	assert_int_equal(told_at(w, 49 * DAY), 0);
	assert_int_equal(told_at(w, 51 * DAY), 1);
	assert_string_equal(w->kind, "Server");
	assert_string_equal(w->name, "phones.example.com");
	v.certificate_until += 100 * DAY; /* it has got a new one */
	verdicts_note(w->agent, &v, &c);
	assert_int_equal(told_at(w, 51 * DAY), 0);
	v = (struct verdict){ .code = 10 }; /* refused: nothing is known of its end */
	verdicts_note(w->agent, &v, &c);
	assert_int_equal(told_at(w, 900 * DAY), 0);
}

static void the_status_lists_what_is_near_its_end(void **state)
{
	struct world *w = *state;
	add_root(w, &root_recipe);
	add_root(w, &(struct recipe){ .subject = "/CN=Young", .from = -DAY, .to = 2900 * DAY });
	told_at(w, 195 * DAY);
	struct doc *d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[1]/Kind", ""), "Root");
	assert_string_equal(doc_text(d, "Security/Expiring[1]/Name", ""), "/CN=Root");
	assert_string_equal(doc_text(d, "Security/Expiring[1]/DaysLeft", ""), "95");
	assert_string_equal(doc_text(d, "Security/Expiring[1]/Ends", ""), "2027-04-17T12:00:00Z");
	assert_null(doc_get(d, "Security/Expiring[2]"));
	doc_free(d);
	told_at(w, 290 * DAY + HOUR);
	d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[1]/DaysLeft", ""), "-1");
	doc_free(d);
}

/* A fresh certificate that was made for a few days needs its next one as much as an old one. */
static void few_days_left_are_few_days_left(void **state)
{
	struct world *w = *state;
	add_root(w, &(struct recipe){ .subject = "/CN=Short", .from = 0, .to = 10 * DAY });
	assert_int_equal(told_at(w, HOUR), 1);
	assert_string_equal(w->left, "9");
	struct doc *d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[1]/Name", ""), "/CN=Short");
	doc_free(d);
	add_root(w, &(struct recipe){ .subject = "/CN=Month", .from = 0, .to = 30 * DAY });
	assert_int_equal(w->events, 2); /* 30 days are left: it was told when it came */
	assert_int_equal(told_at(w, 2 * DAY), 0);
	d = agent_status(w->agent);
	assert_string_equal(doc_text(d, "Security/Expiring[2]/Name", ""), "/CN=Month");
	doc_free(d);
	assert_int_equal(told_at(w, 16 * DAY - HOUR), 1); /* the short one has ended */
	assert_int_equal(told_at(w, 16 * DAY + HOUR), 1);
	assert_string_equal(w->name, "/CN=Month");
}

/* A disk that fails for two days does not make each look tell everything again. */
static void marks_that_cannot_be_stored_repeat_nothing(void **state)
{
	struct world *w = *state;
	struct err why = { .kind = ERR_NONE };
	add_root(w, &root_recipe);
	add_root(w, &(struct recipe){ .subject = "/CN=Other", .from = -10 * DAY, .to = 290 * DAY });
	err_set(&why, ERR_IO, EIO, "played failure");
	tx_set_unwritable(w->agent->store, &why);
	for (int hour = 0; hour < 48; hour++) {
		it_is(w, 195 * DAY + hour * HOUR);
		expiry_check(w->diagnostics);
	}
	assert_int_equal(w->warnings, 2);
	assert_in_range(w->not_kept, 1, 3);
	/* What ends sooner is news. */
	it_is(w, 262 * DAY);
	expiry_check(w->diagnostics);
	assert_int_equal(w->warnings, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_threshold_is_told_once),
		TEST(the_list_is_by_days_left),
		TEST(a_restart_does_not_tell_again),
		TEST(marks_of_what_is_gone_go),
		TEST(stages_that_were_slept_through_are_one),
		TEST(a_renewed_one_is_another),
		TEST(a_look_comes_each_hour),
		TEST(without_a_date_nothing_is_told),
		TEST(revocation_lists_have_their_own_measure),
		TEST(own_certificates_are_looked_at),
		TEST(servers_are_looked_at),
		TEST(the_status_lists_what_is_near_its_end),
		TEST(few_days_left_are_few_days_left),
		TEST(marks_that_cannot_be_stored_repeat_nothing),
	};
	return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
