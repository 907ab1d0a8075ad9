/* SPDX-License-Identifier: MIT */
/* A whole agent in a temporary folder on a loop whose clock the test moves; nothing listens anywhere. */
#include "delivery/queue.h"
#include "diagnostics/diagnostics.h"
#include "delivery/registrations.h"
#include "delivery/testpost.h"
#include "../../src/agent/apply.h"
#include "../../src/store/tx.h"

#include "wire/xml.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "world_agent.h"

static struct diagnostics *diagnostics;
static struct agent_listener *listener;
static struct buf heard;
static int durable, refused;

static void on_change(void *arg, const struct doc *change)
{
	(void)arg;
	buf_addf(&heard, "%s:", change->name);
	doc_print_terminal(change, "", 0, &heard);
}

static void attach(struct world *w)
{
	diagnostics = diagnostics_new(w->agent);
	listener = agent_listen(w->agent, on_change, NULL);
}

static void detach(void)
{
	agent_unlisten(listener);
	diagnostics_free(diagnostics);
}

static void start_again(struct world *w)
{
	detach();
	world_restart(w);
	attach(w);
}

static int setup(void **state)
{
	struct world *w = world_new();
	buf_init(&heard, 1 << 16);
	durable = refused = 0;
	attach(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	detach();
	world_free(*state);
	buf_done(&heard);
	return 0;
}

static void on_durable(void *arg, const struct err *e)
{
	(void)arg;
	durable += e->kind == ERR_NONE;
	refused += e->kind != ERR_NONE;
}

static struct doc *document(const char *xml)
{
	struct doc *d;
	struct err e;
	if (xml_parse(xml, strlen(xml), NULL, &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

static int give(struct world *w, const char *xml, struct err *e)
{
	return agent_publish(
		w->agent,
		&(struct agent_publication){ .change = document(xml), .done = on_durable, .arg = w }, e);
}

static void publish(struct world *w, const char *xml)
{
	struct err e;
	int before = durable;
	buf_reset(&heard);
	assert_int_equal(give(w, xml, &e), 0);
	assert_int_equal(durable, before);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable, before + 1);
}

static int register_for(struct world *w, int slot, const char *url, const char *expression, int force,
			struct err *e)
{
	const char *expressions[] = { expression };
	struct registrations_request r = {
		.slot = slot, .url = url, .force = force, .n = 1, .expressions = expressions
	};
	int got = 0;
	return registrations_add(agent_delivery(w->agent), &r, &got, e) < 0 ? -1 : got;
}

static const char *status(struct world *w, const char *path)
{
	static char text[512];
	struct doc *d = agent_status(w->agent);
	snprintf(text, sizeof text, "%s", doc_text(d, path, "(none)"));
	doc_free(d);
	return text;
}

static void only_what_changed_is_told(void **state)
{
	struct world *w = *state;
	publish(w, "<Status><Audio><Volume>50</Volume><Mute>Off</Mute></Audio></Status>");
	assert_string_equal(buf_str(&heard), "Status: Audio Mute: Off\n Audio Volume: 50\n");
	publish(w, "<Status><Audio><Volume>51</Volume><Mute>Off</Mute></Audio></Status>");
	assert_string_equal(buf_str(&heard), "Status: Audio Volume: 51\n");
	publish(w, "<Status><Audio><Volume>51</Volume></Audio></Status>");
	assert_string_equal(buf_str(&heard), "");
	assert_string_equal(status(w, "Audio/Volume"), "51");
	publish(w, "<Status><Call item=\"3\" maxOccurrence=\"n\"><Status>Connected</Status></Call></Status>");
	publish(w, "<Status><Call item=\"3\" maxOccurrence=\"n\" ghost=\"True\"/></Status>");
	assert_string_equal(buf_str(&heard), "Status: Call 3 (ghost=True):\n");
	assert_string_equal(status(w, "Call[3]/Status"), "(none)");
}

/* Of what is published and what is our own alike, and with hints from both. */
static void a_part_of_the_status_is_selected(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *path, *lines, *error;
	} cases[] = {
		{ "Audio Vol", " Audio Volume: 50\n", NULL },
		{ "Provisioning Attempts", " Provisioning Attempts: 0\n", NULL },
		{ "Prov Zone", " Provisioning Zone: \"x\"\n", NULL },
		{ "Security Certificates CA Count", " Security Certificates CA Count: 0\n", NULL },
		{ "Audo", NULL, "did you mean Audio?" },
		{ "Provisioning Attempt5", NULL, "did you mean Attempts?" },
		{ "Provisioning Zine", NULL, "did you mean Zone?" },
		{ "Call 4", NULL, "no Call 4: there are 3 to 7" },
		{ "Prov A", NULL, "it may be Attempts, Aunt" },
	};
	publish(w, "<Status><Audio><Volume>50</Volume></Audio><Call item='3'><Status>Idle</Status></Call>"
		   "<Call item='5'><Status>Idle</Status></Call>"
		   "<Call "
		   "item='7'><Status>Idle</Status></Call><Provisioning><Zone>x</Zone><Aunt>y</Aunt></"
		   "Provisioning></Status>");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct doc_path p;
		struct err e = { .text = "" };
		assert_int_equal(doc_path_parse(cases[i].path, &p, NULL), 0);
		struct doc *part = agent_status_at(w->agent, &p, DOC_ABBREVIATED, &e);
		buf_reset(&heard);
		if (part)
			doc_print_terminal(part, "", 0, &heard);
		if (cases[i].error && !strstr(e.text, cases[i].error))
			fail_msg("%s: %s", cases[i].path, e.text);
		assert_string_equal(buf_str(&heard), cases[i].lines ? cases[i].lines : "");
		doc_free(part);
	}
}

static void a_wrong_root_is_refused_at_once(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(give(w, "<Command><Dial/></Command>", &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "Status, Event or Configuration"));
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable + refused, 0);
}

static void slots_are_given_and_guarded(void **state)
{
	struct world *w = *state;
	struct err e;
	struct settings_pair manager = { "Provisioning ExternalManager Address", "tms.example.com",
					 SETTINGS_FROM_TERMINAL };
	assert_int_equal(register_for(w, 0, "https://a.example.com/x", "/Status", 0, &e), 1);
	assert_int_equal(register_for(w, 1, "https://b.example.com/", "/Status", 0, &e), -1);
	assert_int_equal(e.kind, ERR_EXISTS);
	assert_non_null(strstr(e.text, "https://a.example.com/x"));
	assert_int_equal(register_for(w, 1, "https://b.example.com/", "/Status", 1, &e), 1);
	assert_int_equal(register_for(w, 0, "https://c.example.com/", "/Status", 0, &e), 2);
	assert_int_equal(agent_configure(w->agent, &manager, 1, &e), 0);
	assert_int_equal(register_for(w, 0, "https://d.example.com/", "/Status", 0, &e), 4);
	assert_int_equal(register_for(w, 0, "https://e.example.com/", "/Status", 0, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 3, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 2, &e), 0);
	assert_int_equal(register_for(w, 0, "https://e.example.com/", "/Status", 0, &e), 2);
}

/* A script registers at each of its starts, and names no slot. */
static void the_same_registration_keeps_its_slot(void **state)
{
	struct world *w = *state;
	struct err e;
	int got;
	const char *other = "/Event";
	struct registrations_request by_manager = {
		.url = "https://a.example.com/", .by_manager = 1, .n = 1, .expressions = &other
	};
	assert_int_equal(register_for(w, 0, "https://a.example.com/", "/Status", 0, &e), 1);
	assert_int_equal(register_for(w, 0, "https://a.example.com/", "/Event", 0, &e), 2);
	for (int restarts = 0; restarts < 2; restarts++) {
		assert_int_equal(register_for(w, 0, "https://A.example.com:443/", "/Event", 0, &e), 2);
		assert_int_equal(register_for(w, 0, "https://a.example.com/", "/Status", 0, &e), 1);
		start_again(w);
	}
	assert_int_equal(registrations_add(agent_delivery(w->agent), &by_manager, &got, &e), 0);
	assert_int_equal(got, 3);
}

/* The manager may change vacant slots, its own, and slot 3; also after a restart. */
static void a_slot_belongs_to_who_registered_it(void **state)
{
	struct world *w = *state;
	struct err e;
	int got;
	struct registrations_request by_manager = { .slot = 1,
						    .url = "https://m.example.com/",
						    .by_manager = 1 };
	assert_int_equal(registrations_add(agent_delivery(w->agent), &by_manager, &got, &e), 0);
	assert_int_equal(register_for(w, 2, "https://a.example.com/", "/Status", 0, &e), 2);
	assert_int_equal(register_for(w, 3, "https://b.example.com/", "/Status", 0, &e), 3);
	for (int restarts = 0; restarts < 2; restarts++) {
		const struct delivery *d = agent_delivery(w->agent);
		assert_int_equal(registrations_manager_may(d, 1, &e), 0);
		assert_int_equal(registrations_manager_may(d, 3, &e), 0);
		assert_int_equal(registrations_manager_may(d, 4, &e), 0);
		assert_int_equal(registrations_manager_may(d, 2, &e), -1);
		assert_int_equal(e.kind, ERR_DENIED);
		start_again(w);
	}
	/* Somebody else registers the slot for the same URL, and deregisters it. */
	assert_int_equal(register_for(w, 1, "https://m.example.com/", "/Status", 0, &e), 1);
	assert_int_equal(registrations_manager_may(agent_delivery(w->agent), 1, &e), -1);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 1, &e), 0);
	assert_int_equal(registrations_add(agent_delivery(w->agent), &by_manager, &got, &e), 0);
	assert_int_equal(registrations_manager_may(agent_delivery(w->agent), 1, &e), 0);
}

static void what_cannot_be_registered_is_explained(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(register_for(w, 1, "http://a.example.com/", "/Status", 0, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "https://a.example.com/"));
	assert_int_equal(register_for(w, 1, "https://a.example.com/", "/Status/[", 0, &e), -1);
	assert_non_null(strstr(e.text, "expression 1"));
	assert_string_equal(status(w, "HttpFeedback[1]/URL"), "(none)");
}

static void posts_are_kept_over_a_restart(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(register_for(w, 2, "https://a.example.com/", "/Status/Audio/Volume", 0, &e), 2);
	publish(w, "<Status><Audio><Volume>50</Volume><Mute>Off</Mute></Audio></Status>");
	publish(w, "<Status><Audio><Mute>On</Mute></Audio></Status>");
	assert_string_equal(status(w, "HttpFeedback[2]/Queue/Count"), "1");
	start_again(w);
	assert_string_equal(status(w, "HttpFeedback[2]/Queue/Count"), "1");
	assert_string_equal(status(w, "HttpFeedback[2]/URL"), "https://a.example.com/");
	assert_string_equal(status(w, "HttpFeedback[2]/Expression[1]"), "/Status/Audio/Volume");
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 2, &e), 0);
	assert_string_equal(status(w, "HttpFeedback[2]/URL"), "(none)");
}

/* Deliveries go from the disk between transactions only. */
static void what_is_refused_leaves_no_transaction_open(void **state)
{
	struct world *w = *state;
	struct err e;
	struct doc *result = doc_new("Result");
	assert_int_equal(register_for(w, 2, "https://a.example.com/", "/Event/Never", 0, &e), 2);
	assert_int_equal(
		queue_purge(agent_delivery(w->agent), &(struct queue_request){ 2, QUEUE_WAITING, 7, 0 }, &e),
		-1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_false(w->agent->store->open);
	assert_int_equal(
		queue_purge(agent_delivery(w->agent), &(struct queue_request){ 2, QUEUE_WAITING, 0, 0 }, &e),
		-1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_false(w->agent->store->open);
	assert_int_equal(
		queue_purge(agent_delivery(w->agent), &(struct queue_request){ 2, QUEUE_DEAD, 0, 0 }, &e),
		-1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_false(w->agent->store->open);
	assert_int_equal(queue_replay(agent_delivery(w->agent),
				      &(struct queue_request){ 2, QUEUE_DEAD, 7, 0 }, result, &e),
			 -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_false(w->agent->store->open);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 3, &e), -1);
	assert_false(w->agent->store->open);
	doc_free(result);
}

/* How often somebody opened the file while the status was read so many times. */
static int opened(struct world *w, int watch, int times)
{
	char event[4096];
	int n = 0;
	for (int i = 0; i < times; i++) {
		doc_free(agent_status(w->agent));
		n += read(watch, event, sizeof event) > 0;
	}
	return n;
}

static void a_status_opens_no_file_each_time(void **state)
{
	struct world *w = *state;
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch < 0 || inotify_add_watch(watch, "/etc/resolv.conf", IN_OPEN) < 0)
		skip();
	loop_sim_advance(w->loop, 5000);
	assert_true(opened(w, watch, 200) < 150); /* others open it, too; each time would be 200 */
	close(watch);
}

static void an_empty_value_of_an_event_is_told(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(register_for(w, 1, "https://a.example.com/", "/Event", 0, &e), 1);
	publish(w, "<Event><CallDisconnect item=\"1\"><CauseValue item=\"1\">0</CauseValue>"
		   "<CauseString item=\"1\"/></CallDisconnect></Event>");
	assert_non_null(strstr(buf_str(&heard),
			       "Event: CallDisconnect CauseValue: 0\n CallDisconnect CauseString: \"\"\n"));
	struct doc *post = doc_new("Result");
	assert_int_equal(queue_show(agent_delivery(w->agent),
				    &(struct queue_request){ 1, QUEUE_WAITING, 1, 0 }, post, &e),
			 0);
	assert_non_null(strstr(doc_text(post, "Body", ""), "<CauseString item=\"1\"></CauseString>"));
	doc_free(post);
	publish(w, "<Event><Standby><Reset/></Standby></Event>"); /* this has none */
	assert_string_equal(buf_str(&heard), "Event:");
}

static void nothing_leaves_while_the_date_is_unknown(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(register_for(w, 1, "https://a.example.com/", "/Event", 0, &e), 1);
	publish(w, "<Event><Standby item=\"1\"><Reset item=\"1\"/></Standby></Event>");
	loop_sim_advance(w->loop, 10);
	assert_string_equal(status(w, "HttpFeedback[1]/Status"), "Failed");
	assert_string_equal(status(w, "HttpFeedback[1]/Delivery/VerifyResult"), "50");
	assert_string_equal(status(w, "HttpFeedback[1]/Queue/Count"), "1");
}

static int believes(struct world *w, int64_t unix_s, struct err *e)
{
	struct date_sample s = { .unix_us = unix_s * 1000000,
				 .mono_ms = loop_now_ms(w->loop),
				 .distance_us = 1000,
				 .server = "ntp.test" };
	return date_offer(w->agent->date, &s, 1, e) == 0;
}

static void stopped(void *arg)
{
	++*(int *)arg;
}

/* As a restart is: it stops in order, and what the store keeps counts again. */
static void restart(struct world *w)
{
	int stops = 0;
	agent_stop(w->agent, stopped, &stops);
	loop_sim_advance(w->loop, 10000);
	assert_int_equal(stops, 1);
	start_again(w);
}

static int64_t floor_of(struct world *w)
{
	return date_floor(w->agent->date, loop_now_ms(w->loop));
}

/* A date ten years ahead, and the ways back: right answers while it is young, the administrator when it is
 * old. */
static void a_wrong_date_is_kept_only_when_it_is_old_and_can_be_forgotten(void **state)
{
	struct world *w = *state;
	struct err e;
	const int64_t build = WORLD_FLOOR, day = 86400, wrong = build + 3650 * day;
	assert_int_equal(floor_of(w), build);
	assert_false(believes(w, build - 1, &e));
	assert_true(believes(w, wrong, &e));
	loop_sim_advance(w->loop, DATE_STEADY_MS / 2);
	assert_int_equal(store_get(w->agent->store, "trusted_date", 0), 0);
	restart(w);
	assert_int_equal(floor_of(w), build);

	assert_true(believes(w, wrong, &e));
	loop_sim_advance(w->loop, 2 * 3600 * 1000); /* stored while it runs, not only when it stops */
	assert_true(store_get(w->agent->store, "trusted_date", 0) > wrong);
	restart(w);
	assert_true(floor_of(w) > wrong);
	assert_false(believes(w, build + day, &e));
	assert_non_null(strstr(e.text, "\"xCommand Time Floor Reset\" forgets it"));

	assert_int_equal(agent_time_reset(w->agent, &e), 0);
	assert_int_equal(floor_of(w), build);
	assert_false(believes(w, build - 1, &e)); /* that it was built is sure */
	assert_true(believes(w, build + day, &e));
	loop_sim_advance(w->loop, 1000 * 60);
	restart(w);
	assert_int_equal(floor_of(w), build);
	assert_true(believes(w, build + 2 * day, &e)); /* a right one is kept at stop, too */
	loop_sim_advance(w->loop, DATE_STEADY_MS);
	restart(w);
	assert_in_range(floor_of(w), build + 2 * day, build + 3 * day);
}

static void settings_change_together_or_not_at_all(void **state)
{
	struct world *w = *state;
	struct err e;
	struct settings_pair set[] = {
		{ "SystemUnit Name", "rm204", SETTINGS_FROM_TERMINAL },
		{ "Provisioning ExternalManager Protocol", "HTTP", SETTINGS_FROM_TERMINAL },
	};
	buf_reset(&heard);
	assert_int_equal(agent_configure(w->agent, set, 2, &e), -1);
	assert_string_equal(settings_get(agent_settings(w->agent))->system_name, "");
	assert_string_equal(buf_str(&heard), "");
	assert_int_equal(agent_configure(w->agent, set, 1, &e), 0);
	assert_string_equal(buf_str(&heard), "Configuration: SystemUnit Name: \"rm204\"\n");
	start_again(w);
	assert_string_equal(settings_get(agent_settings(w->agent))->system_name, "rm204");
}

static void who_has_gone_is_not_called(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(give(w, "<Status><A>1</A></Status>", &e), 0);
	agent_publish_forget(w->agent, w);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable + refused, 0);
}

/* A setting whose row no entry of uses[] matches would be stored, and nobody would hear of its change. */
static void each_setting_says_who_uses_it(void **state)
{
	(void)state;
	size_t n, forgotten = 0;
	unsigned parts;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++)
		if (rows[i].field != SETTINGS_STORED && apply_use(&rows[i], &parts) < 0) {
			print_error("%s: no entry of uses[] in src/agent/apply.c\n", rows[i].path);
			forgotten++;
		}
	assert_int_equal(forgotten, 0);
	assert_int_equal(apply_use(&(struct settings_row){ .path = "Audio Volume" }, &parts), -1);
}

static void settings_that_decide_about_servers_may_cut_one_off(void **state)
{
	static const struct {
		const char *path;
		int may;
	} rows[] = {
		{ "HttpFeedback TlsVerify", 1 },
		{ "HttpFeedback Window", 0 },
		{ "Logging External Server Address", 1 },
		{ "Logging Level", 0 },
		{ "Network 1 DNS Server 1 Address", 1 },
		{ "NetworkServices HTTPS AnswerTimeout", 0 },
		{ "NetworkServices HTTPS VerifyServerCertificate", 1 },
		{ "NetworkServices NTP Mode", 1 },
		{ "Phonebook Server 1 ID", 0 },
		{ "Phonebook Server 1 URL", 1 },
		{ "Provisioning ExternalManager Address", 1 },
		{ "Security Trust Service 1 Roots", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct settings_pair set = { .path = rows[i].path, .value = "" };
		assert_int_equal(agent_may_cut_off(&set, 1), rows[i].may);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_changed_is_told),
		TEST(a_part_of_the_status_is_selected),
		TEST(a_wrong_root_is_refused_at_once),
		TEST(settings_that_decide_about_servers_may_cut_one_off),
		TEST(slots_are_given_and_guarded),
		TEST(the_same_registration_keeps_its_slot),
		TEST(a_slot_belongs_to_who_registered_it),
		TEST(what_cannot_be_registered_is_explained),
		TEST(posts_are_kept_over_a_restart),
		TEST(what_is_refused_leaves_no_transaction_open),
		TEST(a_status_opens_no_file_each_time),
		TEST(an_empty_value_of_an_event_is_told),
		TEST(nothing_leaves_while_the_date_is_unknown),
		TEST(a_wrong_date_is_kept_only_when_it_is_old_and_can_be_forgotten),
		TEST(settings_change_together_or_not_at_all),
		TEST(who_has_gone_is_not_called),
		cmocka_unit_test(each_setting_says_who_uses_it),
	};
	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
