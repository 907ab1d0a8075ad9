/* SPDX-License-Identifier: MIT */
/* An agent whose store could not be opened at the start: it promises nothing, and goes on with all that is in
 * it once it can be. */
#include "faults.h"

#include "agent/agent.h"
#include "../../src/agent/agent_internal.h"
#include "base/log.h"
#include "wire/xml.h"

enum { AGAIN_MS = 5000 };

static char said[4000];
static int durable, refused;

static void hear(void *arg, enum log_level level, const char *line)
{
	size_t len = strlen(said);
	(void)arg, (void)level;
	snprintf(said + len, sizeof said - len, "%s\n", line);
}

static void told(void *arg, const struct err *e)
{
	(void)arg;
	durable += e->kind == ERR_NONE;
	refused += e->kind != ERR_NONE;
}

static int publish(struct agent *a, struct loop *l, struct err *e)
{
	static const char text[] = "<Event><Test><A>1</A></Test></Event>";
	struct doc *d;
	assert_int_equal(xml_parse(text, sizeof text - 1, NULL, &d, e), 0);
	int r = agent_publish(a, &(struct agent_publication){ .change = d, .done = told }, e);
	loop_sim_advance(l, 0);
	return r;
}

static struct agent *begin(struct loop *l, const struct place *p)
{
	struct agent *a;
	struct err e;
	if (agent_new(&(struct agent_options){ .loop = l, .state = p->folder }, &a, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(agent_configure(a,
					 &(struct settings_pair){ "NetworkServices NTP Mode", "Off",
								  SETTINGS_FROM_TERMINAL },
					 1, &e),
			 0);
	loop_sim_advance(l, 0);
	return a;
}

static void clean(const struct place *p)
{
	static const char *const files[] = { "settings.conf", "audit.log", "audited", "trust/anchors",
					     "trust/crls",    "trust/own", "trust" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char name[160];
		snprintf(name, sizeof name, "%s/%s", p->folder, files[i]);
		remove(name);
	}
}

static void test_a_store_that_comes_back(void **state)
{
	struct place *place = *state;
	const char *expressions[] = { "/Event/Test" };
	struct registrations_request r = {
		.slot = 2, .url = "https://a.example/", .n = 1, .expressions = expressions
	};
	struct err e;
	int slot;
	int64_t now;
	struct loop *l = loop_new_sim();
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	store_close(must_open(place, NULL, 0));
	struct agent *a = begin(l, place);
	assert_int_equal(registrations_add(agent_delivery(a), &r, &slot, &e), 0);
	assert_int_equal(publish(a, l, &e), 0);
	assert_int_equal(durable, 1);
	assert_int_equal(store_set(a->store, "trusted_date", 1900000000, &e), 0);
	audit_look(agent_audit(a), &(struct audit_who){ .by = AUDIT_BY_PERSON });
	agent_free(a);

	arm(1, 100000, SQLITE_CANTOPEN);
	log_set_tap(hear, NULL);
	a = begin(l, place);
	assert_int_equal(publish(a, l, &e), -1); /* nobody can say who registered for it */
	assert_string_equal(e.text, store_trouble(a->store));
	assert_null(registrations_get(a->delivery, 2));
	/* A date from before the floor that is not known: taken for now. */
	struct date_sample sample = { .unix_us = 1850000000LL * 1000000,
				      .mono_ms = loop_now_ms(l),
				      .distance_us = 1000 };
	assert_int_equal(date_offer(a->date, &sample, 1, &e), 0);
	loop_sim_advance(l, 3 * AGAIN_MS);
	assert_null(strstr(said, "can be written again"));
	disarm();
	loop_sim_advance(l, AGAIN_MS);
	log_set_tap(NULL, NULL);
	assert_non_null(strstr(said, "store: it can be written again"));
	assert_null(strstr(said, "audit: feedback slot 2")); /* it was not deleted, nor added again */
	assert_non_null(registrations_get(a->delivery, 2));
	assert_int_equal(date_now(a->date, loop_now_ms(l), &now, &e), -1);
	sample.mono_ms = loop_now_ms(l);
	assert_int_equal(date_offer(a->date, &sample, 1, &e), -1);
	assert_int_equal(publish(a, l, &e), 0);
	assert_int_equal(durable, 2);
	assert_int_equal(refused, 0);
	assert_true(registrations_has_failed(a->delivery, 2)); /* it is tried, and the date is not known */
	struct store_slot at;
	store_slot_get(a->store, 2, &at);
	assert_int_equal(at.queued, 2);
	agent_free(a);
	loop_free(l);
	log_close();
	clean(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_a_store_that_comes_back,
									    setup, teardown) };
	return cmocka_run_group_tests_name("agent_store", tests, install, NULL);
}
