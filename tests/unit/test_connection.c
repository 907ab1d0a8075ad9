/* SPDX-License-Identifier: MIT */
/* By which rules each service makes its connections: a whole agent whose servers are played, asked for each
 * rule of each service, before a setting changes, while it holds and after it went back, all without a
 * restart. */
#include "../../src/diagnostics/connection_internal.h"

#include "agent/security.h"
#include "certstore/own.h"
#include "crypto/keygen.h"
#include "delivery/queue.h"
#include "delivery/registrations.h"
#include "delivery/testpost.h"
#include "wire/manager.h"
#include "wire/wire_phonebook.h"

#include <sys/stat.h>
#include <unistd.h>

#include "world_agent.h"
#include "played_https.h"

#define MANAGER       "https://mgr.test/m"
#define OTHER_MANAGER "https://spare.test:9443/m"
#define BOOK          "https://mgr.test/book"
#define FEED          "https://feed.test:8443/f"
#define DOCUMENT      "https://docs.test/d"

static struct phonebook_search *search;

static void register_slot(struct world *w, int slot, const char *url)
{
	static const char *const expressions[] = { "/Event" };
	struct registrations_request r = { .slot = slot, .url = url, .n = 1, .expressions = expressions };
	struct err e;
	if (registrations_add(agent_delivery(w->agent), &r, &slot, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 0);
}

static int setup(void **state)
{
	struct world *w = world_new();
	search = NULL;
	set(w, "Provisioning ExternalManager Path", "/m");
	set(w, "Provisioning LoginName", "me");
	set(w, "Provisioning Password", "hush");
	set(w, "Provisioning ExternalManager Address", "mgr.test");
	set(w, "Provisioning ExternalManager AlternateAddress", "spare.test:9443");
	set(w, "Phonebook Server 1 Type", "TMS");
	set(w, "Phonebook Server 1 URL", BOOK);
	register_slot(w, 1, FEED);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	assert_int_equal(played_count(), 0);
	return 0;
}

/* --- each service's connection, as it is made now --- */

static struct https_endpoint *manager(struct world *w)
{
	return loop_sim_advance(w->loop, 0), played_peer(MANAGER);
}

static struct https_endpoint *alternate(struct world *w)
{
	return loop_sim_advance(w->loop, 0), played_peer(OTHER_MANAGER);
}

static struct https_endpoint *feedback(struct world *w)
{
	return loop_sim_advance(w->loop, 0), played_peer(FEED);
}

static void found(void *arg, const struct phonebook_result *r)
{
	(void)arg, (void)r;
	search = NULL;
}

/* Opened by a search; one that waits for its answer goes on at the server that is configured now. */
static struct https_endpoint *book(struct world *w)
{
	struct err e;
	loop_sim_advance(w->loop, 0);
	if (!played_find(BOOK)) {
		phonebook_cancel(search);
		assert_int_equal(phonebook_search(agent_phonebook(w->agent),
						  &(struct phonebook_request){ .text = "a" }, found, NULL,
						  &search, &e),
				 0);
		loop_sim_advance(w->loop, 0);
	}
	return played_peer(BOOK);
}

/* Made for each document that the manager asks for; the one before has to be over. Events have a pace. */
static struct https_endpoint *document(struct world *w)
{
	struct err e;
	if (played_find(DOCUMENT)) {
		played_status(played_peer(DOCUMENT), 200, "", "");
		loop_sim_advance(w->loop, 0);
	}
	if (!played_peer(MANAGER)->open)
		assert_int_equal(provisioning_register(w->agent->provisioning, &e), 0);
	for (int i = 0; i < 600 && !played_peer(MANAGER)->open; i++)
		loop_sim_advance(w->loop, 100);
	played_status(played_peer(MANAGER), 200, MANAGER_CONTENT_TYPE,
		      "<PostEventResult><Management><DocumentsToPost><DocumentToPost>"
		      "<Location>/Configuration</Location><URL>" DOCUMENT
		      "</URL></DocumentToPost></DocumentsToPost></Management>"
		      "</PostEventResult>");
	loop_sim_advance(w->loop, 0);
	return played_peer(DOCUMENT);
}

static void tested(void *arg, const struct err *e)
{
	(void)arg, (void)e;
}

/* A test post has a connection of its own: its rules go into a copy. */
static struct https_endpoint *test_post(struct world *w)
{
	static struct https_endpoint copy;
	struct testpost *t;
	struct doc *result = doc_new("Result");
	struct err e;
	assert_int_equal(testpost_send(agent_delivery(w->agent),
				       &(struct testpost_request){ 1, result, tested, NULL }, &t, &e),
			 0);
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && strcmp(played[i]->service, "HttpFeedback 1 test") == 0)
			copy = *played[i];
	testpost_cancel(t);
	doc_free(result);
	assert_string_equal(copy.url, FEED);
	return &copy;
}

/* A diagnosis connects as the service does that it is about; its rules go into a copy. */
static struct https_endpoint *diagnosed(struct world *w, enum service service)
{
	static struct https_endpoint copy;
	struct connection_request r = { .service = service, .number = 1, .url = FEED };
	struct connection_target t;
	struct https_endpoint *p = NULL;
	struct err e;
	connection_target_take(agent_components(w->agent), &r, &t);
	if (!t.is_set || connection_open(NULL, &t, &p, &e) < 0)
		fail_msg("%s", t.is_set ? e.text : t.trouble.text);
	copy = *p;
	https_endpoint_free(p);
	return &copy;
}

static struct https_endpoint *diagnosed_url(struct world *w)
{
	return diagnosed(w, SERVICE_ANY);
}

static struct https_endpoint *diagnosed_manager(struct world *w)
{
	return diagnosed(w, SERVICE_MANAGER);
}

static struct https_endpoint *diagnosed_book(struct world *w)
{
	return diagnosed(w, SERVICE_PHONEBOOK);
}

static struct https_endpoint *diagnosed_feed(struct world *w)
{
	return diagnosed(w, SERVICE_FEEDBACK);
}

enum {
	MANAGERS,
	SPARES,
	BOOKS,
	FEEDS,
	TESTS,
	ASKED_URLS,
	ASKED_MANAGERS,
	ASKED_BOOKS,
	ASKED_FEEDS,
	DOCUMENTS,
	ALL
};
static const struct {
	const char *service;
	struct https_endpoint *(*peer)(struct world *w);
	int port, knows_login;
	const char *type;
	int connect_ms, total_ms; /* 0: the usual ones */
	size_t reply_max;
} services[ALL] = {
	[MANAGERS] = { "ExternalManager", manager, 443, 1, "Content-Type: " MANAGER_CONTENT_TYPE, 0, 0,
		       HTTPS_REPLY_MAX },
	[SPARES] = { "ExternalManager", alternate, 9443, 1, "Content-Type: " MANAGER_CONTENT_TYPE, 0, 0,
		     HTTPS_REPLY_MAX },
	[BOOKS] = { "Phonebook", book, 443, 1, "Content-Type: " PHONEBOOK_CONTENT_TYPE,
		    PHONEBOOK_DEADLINE_MS / 2, PHONEBOOK_DEADLINE_MS, HTTPS_REPLY_MAX },
	[FEEDS] = { "HttpFeedback 1", feedback, 8443, 0, "", 0, 0, 0 },
	[TESTS] = { "HttpFeedback 1 test", test_post, 8443, 0, "text/xml; charset=utf-8", 5000, 0, 0 },
	[ASKED_URLS] = { "Diagnostics", diagnosed_url, 8443, 0, "", 0, 0, HTTPS_REPLY_MAX },
	[ASKED_MANAGERS] = { "ExternalManager", diagnosed_manager, 443, 1,
			     "Content-Type: " MANAGER_CONTENT_TYPE, 0, 0, HTTPS_REPLY_MAX },
	[ASKED_BOOKS] = { "Phonebook", diagnosed_book, 443, 1, "Content-Type: " PHONEBOOK_CONTENT_TYPE, 0, 0,
			  HTTPS_REPLY_MAX },
	[ASKED_FEEDS] = { "HttpFeedback 1", diagnosed_feed, 8443, 0, "", 0, 0, HTTPS_REPLY_MAX },
	/* Last: it has the manager answer. */
	[DOCUMENTS] = { "PostedDocument", document, 443, 0, "Content-Type: text/xml; charset=utf-8", 0, 0,
			0 },
};

static void each_service_gives_what_is_its_own(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < ALL; i++) {
		const struct https_endpoint *p = services[i].peer(w);
		assert_string_equal(p->service, services[i].service);
		assert_int_equal(p->parts.port, services[i].port);
		const char *posts = played_header(p, "Content-Type"); /* feedback: it is the post's */
		assert_string_equal(*posts ? posts : p->type, services[i].type);
		assert_string_equal(p->user, services[i].knows_login ? "me" : "");
		assert_string_equal(p->password, services[i].knows_login ? "hush" : "");
		assert_int_equal(p->connect_ms, services[i].connect_ms);
		assert_int_equal(p->answer_ms, 30000);
		assert_int_equal(p->total_ms, services[i].total_ms);
		assert_int_equal(p->reply_max, services[i].reply_max);
	}
}

/* --- rules --- */

static const struct rule {
	const char *path, *value, *back;
	unsigned whom; /* a bit for each service */
	int verify;    /* what is different for them while it holds */
	struct verify_policy policy;
} rules[] = {
	{ "NetworkServices HTTPS VerifyServerCertificate",
	  "Off",
	  "On",
	  (1u << ALL) - 1,
	  0,
	  { .profile = VERIFY_GUIDE } },
	{ "Provisioning TlsVerify",
	  "Off",
	  "On",
	  1u << MANAGERS | 1u << SPARES | 1u << ASKED_MANAGERS | 1u << DOCUMENTS,
	  0,
	  { .profile = VERIFY_GUIDE } },
	{ "Phonebook Server 1 TlsVerify",
	  "Off",
	  "On",
	  1u << BOOKS | 1u << ASKED_BOOKS,
	  0,
	  { .profile = VERIFY_GUIDE } },
	{ "HttpFeedback TlsVerify",
	  "Off",
	  "On",
	  1u << FEEDS | 1u << TESTS | 1u << ASKED_FEEDS,
	  0,
	  { .profile = VERIFY_GUIDE } },
	{ "Security Verification Profile",
	  "Strict",
	  "Guide",
	  (1u << ALL) - 1,
	  1,
	  { .profile = VERIFY_STRICT } },
	{ "Security Verification CommonName", "Off", "On", (1u << ALL) - 1, 1, { .no_common_name = 1 } },
	{ "Security Revocation Mode",
	  "Soft",
	  "Off",
	  (1u << ALL) - 1,
	  1,
	  { .revocation = VERIFY_REVOCATION_SOFT } },
	{ "Security Revocation Mode",
	  "Hard",
	  "Off",
	  (1u << ALL) - 1,
	  1,
	  { .revocation = VERIFY_REVOCATION_HARD } },
};

static void expect_rules(struct world *w, const struct rule *rule, const char *when)
{
	static const struct verify_policy usual = { .profile = VERIFY_GUIDE };
	for (size_t i = 0; i < ALL; i++) {
		int differs = rule && rule->whom >> i & 1;
		const struct https_endpoint *p = services[i].peer(w);
		if (p->verify != (differs ? rule->verify : 1))
			fail_msg("%s: verification is %s %s", services[i].service, p->verify ? "On" : "Off",
				 when);
		if (memcmp(&p->policy, differs ? &rule->policy : &usual, sizeof usual) != 0)
			fail_msg("%s: is verified by other rules %s", services[i].service, when);
	}
}

/* The global switch holds for who has none of its own set: it comes first. */
static void each_rule_reaches_each_service(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		char when[160];
		unsigned before = played_epochs;
		snprintf(when, sizeof when, "before %s: %s", rules[i].path, rules[i].value);
		expect_rules(w, NULL, when);
		set(w, rules[i].path, rules[i].value);
		assert_int_equal(played_epochs,
				 before + 1); /* nor is any connection used that was verified by others */
		snprintf(when, sizeof when, "with %s: %s", rules[i].path, rules[i].value);
		expect_rules(w, &rules[i], when);
		set(w, rules[i].path, rules[i].back);
		assert_int_equal(played_epochs, before + 2);
		snprintf(when, sizeof when, "after %s: %s", rules[i].path, rules[i].value);
		expect_rules(w, NULL, when);
	}
}

/* Who logs in with another name or password does so from the next connection on; nobody else ever hears of
 * it. */
static void another_login_reaches_who_logs_in(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 2; i++) {
		set(w, "Provisioning LoginName", i ? "" : "you");
		set(w, "Provisioning Password", "other");
		for (size_t k = 0; k < ALL; k++) {
			const struct https_endpoint *p = services[k].peer(w);
			assert_string_equal(p->user, i || !services[k].knows_login ? "" : "you");
			assert_string_equal(p->password, i || !services[k].knows_login ? "" : "other");
		}
	}
}

/* --- posts, over restarts --- */

static void publish(struct world *w, int n)
{
	struct doc *event = doc_new("Event");
	struct err e;
	doc_add_int(event, "Mark", n);
	struct agent_publication p = { .change = event, .uid = AGENT_ITSELF };
	if (agent_publish(w->agent, &p, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 10);
}

/* The slot's server answers the post under way, which must be this one. */
static void answer(struct world *w, const char *sequence, int status)
{
	assert_string_equal(played_header(played_peer(FEED), "Sealpost-Sequence"), sequence);
	played_status(played_peer(FEED), status, "", "");
	loop_sim_advance(w->loop, 10);
}

static const char *of_slot(struct world *w, const char *path)
{
	static char value[200];
	struct doc *all = agent_status(w->agent);
	char whole[80];
	snprintf(whole, sizeof whole, "HttpFeedback[1]/%s", path);
	snprintf(value, sizeof value, "%s", doc_text(all, whole, ""));
	doc_free(all);
	return value;
}

static int replay(struct world *w, enum queue_which which, struct err *e)
{
	struct doc *result = doc_new("Result");
	int r = queue_replay(agent_delivery(w->agent), &(struct queue_request){ 1, which, 0, 0 }, result, e);
	doc_free(result);
	loop_sim_advance(w->loop, 10);
	return r;
}

/* It is older than all that was delivered since, and than all that was read to be sent. */
static void a_replayed_dead_letter_is_sent(void **state)
{
	struct world *w = *state;
	struct err e;
	for (int waiting = 0; waiting < 2; waiting++) {
		publish(w, 1);
		publish(w, 2);
		publish(w, 3);
		answer(w, waiting ? "4" : "1", 422);
		answer(w, waiting ? "5" : "2", 200);
		if (!waiting) {
			answer(w, "3", 200);
			assert_string_equal(of_slot(w, "Queue/Count"), "0");
		}
		assert_int_equal(replay(w, QUEUE_DEAD, &e), 0);
		if (waiting)
			answer(w, "6", 200); /* was under way */
		answer(w, waiting ? "4" : "1", 200);
		assert_string_equal(of_slot(w, "Queue/Count"), "0");
		assert_false(played_peer(FEED)->open);
	}
}

/* Neither Queue Replay, nor dead letters that wait again, nor other settings, nor restarts try what said that
 * it is gone. */
static void only_enable_or_another_registration_unparks(void **state)
{
	struct world *w = *state;
	struct err e;
	publish(w, 1);
	publish(w, 2);
	answer(w, "1", 422);
	answer(w, "2", 410);
	assert_string_equal(of_slot(w, "Status"), "Failed");
	assert_string_equal(of_slot(w, "Delivery/Parked"), "True");
	assert_int_equal(replay(w, QUEUE_WAITING, &e), -1);
	assert_non_null(strstr(e.text, "xCommand HttpFeedback Enable FeedbackSlot: 1"));
	assert_int_equal(replay(w, QUEUE_DEAD, &e), 0);
	set(w, "Security Verification Profile", "Strict");
	assert_false(played_peer(FEED)->open);
	world_restart(w);
	loop_sim_advance(w->loop, 10);
	assert_false(played_peer(FEED)->open);
	assert_string_equal(of_slot(w, "Status"), "Failed");
	assert_string_equal(of_slot(w, "Delivery/Parked"), "True");
	assert_int_equal(registrations_enable(agent_delivery(w->agent), 1, &e), 0);
	loop_sim_advance(w->loop, 10);
	assert_string_equal(of_slot(w, "Delivery/Parked"), "False");
	answer(w, "1", 410);
	register_slot(w, 1, FEED);
	answer(w, "1", 200);
	answer(w, "2", 200);
	assert_string_equal(of_slot(w, "Status"), "OK");
}

/* Nobody else reads what the agent keeps, nor learns its passwords. */
static void what_is_kept_is_private(void **state)
{
	struct world *w = *state;
	struct stat st;
	char folder[100], path[140];
	agent_free(w->agent);
	snprintf(folder, sizeof folder, "%s/new", w->folder);
	mode_t before = umask(0);
	struct agent_options o = { .loop = w->loop, .state = folder };
	struct err e;
	assert_int_equal(agent_new(&o, &w->agent, &e), 0);
	set(w, "Provisioning Password", "hush");
	umask(before);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(path, sizeof path, "%s/settings.conf", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void heard(void *arg, const struct doc *change)
{
	const char *status = doc_text(change, "HttpFeedback[1]/Status", NULL);
	if (status)
		snprintf(arg, 16, "%s", status);
}

/* Who listens hears when delivery begins to fail, and when it goes on. */
static void a_slots_state_is_published(void **state)
{
	struct world *w = *state;
	char last[16] = "";
	struct agent_listener *l = agent_listen(w->agent, heard, last);
	publish(w, 1);
	assert_string_equal(last, "");
	answer(w, "1", 503);
	assert_string_equal(last, "Failed");
	loop_sim_advance(w->loop, 1001);
	answer(w, "1", 200);
	assert_string_equal(last, "OK");
	publish(w, 2);
	answer(w, "2", 410);
	assert_string_equal(last, "Failed");
	agent_unlisten(l);
}

/* --- when a change may help, what failed is tried again --- */

static void roots_changed(struct world *w)
{
	security_changed(w->agent, NULL);
}

static void slot_enabled(struct world *w)
{
	struct err e;
	assert_int_equal(registrations_enable(agent_delivery(w->agent), 1, &e), 0);
}

static void queue_replayed(struct world *w)
{
	struct doc *result = doc_new("Result");
	struct err e;
	assert_int_equal(queue_replay(agent_delivery(w->agent),
				      &(struct queue_request){ 1, QUEUE_WAITING, 0, 0 }, result, &e),
			 0);
	doc_free(result);
}

static void dns_flushed(struct world *w)
{
	agent_dns_flush(w->agent);
}

/* A server that has answered with a failure is not asked sooner because addresses may be others. */
static void what_failed_is_tried_again_when_that_may_help(void **state)
{
	static const struct {
		void (*act)(struct world *w);
		int status; /* 0: the server cannot be reached */
		int manager_tried, slot_tried;
		unsigned epochs;
		int asked_anew;
	} rows[] = {
		{ roots_changed, 503, 1, 1, 1, 0 },  { roots_changed, 0, 1, 1, 1, 0 },
		{ dns_flushed, 0, 1, 1, 0, 1 },      { dns_flushed, 503, 0, 0, 0, 1 },
		{ slot_enabled, 503, 0, 1, 0, 1 },   { slot_enabled, 0, 0, 1, 0, 1 },
		{ queue_replayed, 503, 0, 1, 0, 1 }, { queue_replayed, 0, 0, 1, 0, 1 },
	};
	struct world *w = *state;
	set(w, "Provisioning ExternalManager AlternateAddress", "");
	publish(w, 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		security_changed(w->agent, NULL);
		loop_sim_advance(w->loop, 0);
		struct https_endpoint *both[] = { played_peer(MANAGER), played_peer(FEED) };
		for (size_t k = 0; k < 2; k++) {
			assert_true(both[k]->open);
			if (rows[i].status)
				played_status(both[k], rows[i].status, "", "");
			else
				played_fails(both[k], ERR_NET, 0, "played");
		}
		unsigned epochs = played_epochs;
		int asked = played_asked_anew;
		rows[i].act(w);
		loop_sim_advance(w->loop, 0);
		assert_int_equal(both[0]->open, rows[i].manager_tried);
		assert_int_equal(both[1]->open, rows[i].slot_tried);
		assert_int_equal(played_epochs - epochs, rows[i].epochs);
		assert_int_equal(played_asked_anew - asked, rows[i].asked_anew);
	}
}

/* --- other settings that hold at once --- */

static void answers_have_the_time_of_the_settings(void **state)
{
	struct world *w = *state;
	set(w, "NetworkServices HTTPS AnswerTimeout", "7");
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(services[i].peer(w)->answer_ms, 7000);
}

static void logged(void *arg, enum log_level level, const char *line)
{
	(void)level, (void)line;
	++*(unsigned *)arg;
}

static void logging_follows_its_level(void **state)
{
	struct world *w = *state;
	unsigned lines = 0;
	log_set_tap(logged, &lines);
	register_slot(w, 2, "https://two.test/");
	assert_true(lines > 0);
	set(w, "Logging Level", "Error");
	lines = 0;
	register_slot(w, 2, "https://two.test/");
	assert_int_equal(lines, 0);
	set(w, "Logging Level", "Info");
	register_slot(w, 2, "https://two.test/");
	assert_true(lines > 0);
	log_set_tap(NULL, NULL);
}

/* The date is known from now on: posts are signed. */
static void know_the_date(struct world *w)
{
	struct err e;
	if (date_offer_kernel(w->agent->date, INT64_C(4000000000) * 1000000, loop_now_ms(w->loop), &e) < 0)
		fail_msg("%s", e.text);
}

/* A test post has the date and the format of the slot's posts. */
static void a_test_post_is_like_the_others(void **state)
{
	static const char *const expressions[] = { "/Event" };
	struct registrations_request r = {
		.slot = 1, .url = FEED, .json = 1, .n = 1, .expressions = expressions
	};
	struct world *w = *state;
	struct err e;
	int slot;
	assert_string_equal(played_header(test_post(w), "webhook-timestamp"), "");
	know_the_date(w);
	assert_string_equal(played_header(test_post(w), "webhook-timestamp"), "4000000000");
	assert_int_equal(registrations_add(agent_delivery(w->agent), &r, &slot, &e), 0);
	assert_string_equal(played_header(test_post(w), "Content-Type"), "application/json");
	assert_int_equal(*test_post(w)->body, '{');
}

/* A connection that was made with another certificate of the device, or verified by other roots, is not used
 * any more. */
static void other_certificates_hold_at_once(void **state)
{
	static const struct request_attribute subject[] = { { "CN", "device.example.com" } };
	struct world *w = *state;
	struct doc *result = doc_new("Result");
	struct buf key, pem;
	struct err e;
	size_t added;
	buf_init(&key, KEYGEN_PEM_MAX);
	buf_init(&pem, 1 << 16);
	know_the_date(w);
	assert_int_equal(keygen_make(KEYGEN_P256, NULL, &key, &e), 0);
	const struct security_self_signed own = { .request = { subject, 1, NULL, 0 },
						  .key_pem = buf_str(&key),
						  .days = 30 };
	assert_int_equal(security_own_self_sign(w->agent, &own, result, &e), 0);
	own_print_pem(w->agent->anchors, &pem);
	const struct anchors_upload pin = { .data = buf_str(&pem),
					    .len = pem.len,
					    .pin_host = "device.example.com" };
	if (anchors_put(w->agent->anchors, &pin, NULL, &added, &e) < 0)
		fail_msg("%s", e.text);
	const char *fingerprint = doc_text(result, "Fingerprint", "");
	const struct own_activation client = { .fingerprint = fingerprint, .purpose = OWN_HTTP_CLIENT };
	unsigned epochs = played_epochs;
	assert_int_equal(security_own_activate(w->agent, &client, result, &e), 0);
	assert_int_equal(played_epochs, ++epochs);
	assert_int_equal(security_own_deactivate(w->agent, fingerprint, OWN_HTTP_CLIENT, &e), 0);
	assert_int_equal(played_epochs, ++epochs);
	assert_int_equal(security_own_delete(w->agent, fingerprint, &e), 0);
	assert_int_equal(played_epochs, ++epochs);
	assert_int_equal(security_ca_clear(w->agent, &e), 0);
	assert_int_equal(played_epochs, ++epochs);
	assert_int_equal(security_ca_restore(w->agent, &e), 0);
	assert_int_equal(played_epochs, ++epochs);
	doc_free(result);
	buf_done(&key);
	buf_done(&pem);
}

static void lists_are_as_long_as_asked_for(void **state)
{
	struct world *w = *state;
	struct doc *result = doc_new("Result");
	struct err e;
	for (int i = 1; i <= 4; i++)
		publish(w, i);
	assert_int_equal(queue_list(agent_delivery(w->agent),
				    &(struct queue_request){ 1, QUEUE_WAITING, 2, 2 }, result, &e),
			 0);
	assert_string_equal(doc_text(result, "Post[1]/Sequence", ""), "2");
	assert_string_equal(doc_text(result, "Post[2]/Sequence", ""), "3");
	assert_null(doc_child(result, "Post", 3));
	doc_free(result);
}

static void a_secret_signs_at_once(void **state)
{
	struct world *w = *state;
	char first[80];
	know_the_date(w);
	publish(w, 1);
	assert_string_equal(played_header(played_peer(FEED), "webhook-signature"), "");
	set(w, "HttpFeedback Slot 2 Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"); /* another slot's */
	loop_sim_advance(w->loop, 10);
	assert_string_equal(played_header(played_peer(FEED), "webhook-signature"), "");
	set(w, "HttpFeedback Slot 1 Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	loop_sim_advance(w->loop, 10);
	snprintf(first, sizeof first, "%s", played_header(played_peer(FEED), "webhook-signature"));
	assert_memory_equal(first, "v1,", 3);
	set(w, "HttpFeedback Slot 1 Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx");
	loop_sim_advance(w->loop, 10);
	assert_memory_equal(played_header(played_peer(FEED), "webhook-signature"), "v1,", 3);
	assert_string_not_equal(played_header(played_peer(FEED), "webhook-signature"), first);
}

static void bounds_of_the_queue_hold_at_once(void **state)
{
	struct world *w = *state;
	for (int i = 1; i <= 5; i++)
		publish(w, i);
	answer(w, "1", 503);
	set(w, "HttpFeedback Queue MaxCount", "2");
	publish(w, 6);
	assert_string_equal(of_slot(w, "Queue/Count"), "2");
	assert_string_equal(of_slot(w, "Delivery/Dropped"), "4");
	set(w, "HttpFeedback Queue MaxCount", "100");
	set(w, "HttpFeedback Queue MaxBytes", "65536");
	publish(w, 7);
	assert_string_equal(of_slot(w, "Queue/Count"), "3");
}

static void a_window_opens_at_once(void **state)
{
	struct world *w = *state;
	set(w, "HttpFeedback Order", "Window");
	set(w, "HttpFeedback Window", "3");
	for (int i = 1; i <= 9; i++)
		publish(w, i);
	for (int i = 0; i < 4; i++) { /* one more with each good answer */
		size_t k = 0;
		while (!played[k] || strcmp(played[k]->url, FEED) != 0 || !played[k]->open)
			k++;
		played_status(played[k], 200, "", "");
		loop_sim_advance(w->loop, 10);
	}
	size_t open = 0;
	for (size_t k = 0; k < played_n; k++)
		open += played[k] && strcmp(played[k]->url, FEED) == 0 && played[k]->open;
	assert_int_equal(open, 3);
}

static void another_name_is_told_at_once(void **state)
{
	struct world *w = *state;
	set(w, "SystemUnit Name", "north");
	publish(w, 1);
	assert_non_null(strstr(played_peer(FEED)->body, "north"));
	answer(w, "1", 200);
	set(w, "SystemUnit Name", "south");
	publish(w, 2);
	assert_non_null(strstr(played_peer(FEED)->body, "south"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_service_gives_what_is_its_own),
		TEST(each_rule_reaches_each_service),
		TEST(another_login_reaches_who_logs_in),
		TEST(a_replayed_dead_letter_is_sent),
		TEST(only_enable_or_another_registration_unparks),
		TEST(a_slots_state_is_published),
		TEST(what_is_kept_is_private),
		TEST(what_failed_is_tried_again_when_that_may_help),
		TEST(answers_have_the_time_of_the_settings),
		TEST(a_test_post_is_like_the_others),
		TEST(lists_are_as_long_as_asked_for),
		TEST(other_certificates_hold_at_once),
		TEST(logging_follows_its_level),
		TEST(a_secret_signs_at_once),
		TEST(bounds_of_the_queue_hold_at_once),
		TEST(a_window_opens_at_once),
		TEST(another_name_is_told_at_once),
	};
	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
