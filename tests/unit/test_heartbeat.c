/* SPDX-License-Identifier: MIT */
/* The external manager's state machine against an https that this test plays. */
#include "../../src/provisioning/heartbeat.h"

#include "base/log.h"
#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <cmocka.h>

#include "played_https.h"

#define XML   "text/xml; charset=utf-8"
#define MAIN  "https://main.test/tms/manage.asmx"
#define OTHER "https://other.test/tms/manage.asmx"

static const char *const empty_answer =
	"<Envelope><Body><PostEventResponse><PostEventResult/></PostEventResponse></Body></Envelope>";

struct world {
	struct loop *loop;
	struct heartbeat *manager;
	struct settings settings;
	struct wire_identity who;
	unsigned changes, answers;
	char moved[256];
};

/* In place of the kernel's: how high a fleet's peak is, is a matter of chance, and the same in each run. */
ssize_t getrandom(void *to, size_t len, unsigned flags)
{
	static uint64_t seed = 20260701;
	(void)flags;
	for (size_t i = 0; i < len; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		((unsigned char *)to)[i] = (unsigned char)(seed >> 56);
	}
	return (ssize_t)len;
}

static const struct wire_identity *identity(void *arg)
{
	return &((struct world *)arg)->who;
}

static void changed(void *arg)
{
	((struct world *)arg)->changes++;
}

static void answered(void *arg, const struct manager_answer *a)
{
	(void)a;
	((struct world *)arg)->answers++;
}

static void configure(struct world *w)
{
	heartbeat_configure(w->manager, &w->settings, w->settings.provisioning.address);
	loop_sim_advance(w->loop, 0);
}

static void moved(void *arg, const struct heartbeat_place *to)
{
	struct world *w = arg;
	snprintf(w->moved, sizeof w->moved, "%s %s %s %s", to->address, to->path, to->user, to->password);
	snprintf(w->settings.provisioning.address, sizeof w->settings.provisioning.address, "%s",
		 to->address);
	snprintf(w->settings.provisioning.path, sizeof w->settings.provisioning.path, "%s", to->path);
	heartbeat_configure(w->manager, &w->settings, to->address);
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	log_set_level(LOG_LEVEL_ERROR);
	w->loop = loop_new_sim();
	struct heartbeat_options o = { .loop = w->loop,
				       .identity = identity,
				       .changed = changed,
				       .answered = answered,
				       .moved = moved,
				       .arg = w };
	w->manager = heartbeat_new(&o);
	snprintf(w->who.mac_address, sizeof w->who.mac_address, "02:00:00:00:00:01");
	snprintf(w->settings.provisioning.path, sizeof w->settings.provisioning.path, "/tms/manage.asmx");
	w->settings.provisioning.tls_verify = 1;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	heartbeat_free(w->manager);
	loop_free(w->loop);
	free(w);
	assert_int_equal(played_count(), 0);
	return 0;
}

static void point(struct world *w, const char *address, const char *alternate)
{
	snprintf(w->settings.provisioning.address, sizeof w->settings.provisioning.address, "%s", address);
	snprintf(w->settings.provisioning.alternate_address,
		 sizeof w->settings.provisioning.alternate_address, "%s", alternate);
	configure(w);
}

static void start(struct world *w, const char *alternate)
{
	point(w, "main.test", alternate);
	heartbeat_start(w->manager);
	loop_sim_advance(w->loop, 0);
}

static struct heartbeat_status status(struct world *w)
{
	struct heartbeat_status s;
	heartbeat_status(w->manager, &s);
	return s;
}

static void good(struct world *w, const char *url, int heartbeat_s)
{
	char body[300];
	snprintf(body, sizeof body,
		 "<PostEventResult><HeartBeatInterval>%d</HeartBeatInterval></PostEventResult>", heartbeat_s);
	played_status(played_peer(url), 200, XML, body);
	loop_sim_advance(w->loop, 0);
}

static void says(const char *url, const char *event)
{
	char element[64];
	snprintf(element, sizeof element, "<Event>%s</Event>", event);
	const struct https_endpoint *peer = played_peer(url);
	assert_true(peer->open);
	if (!strstr(peer->body, element))
		fail_msg("expected %s in %s", element, peer->body);
}

/* Until the next post, which must come by itself. */
static int64_t wait_post(struct world *w, const char *url)
{
	int64_t begin = loop_now_ms(w->loop);
	while (!played_peer(url)->open) {
		loop_sim_advance(w->loop, 100);
		assert_true(loop_now_ms(w->loop) - begin < 4000 * 1000);
	}
	return loop_now_ms(w->loop) - begin;
}

static void boots_then_beats_in_its_place(void **state)
{
	struct world *w = *state;
	point(w, "main.test", "");
	assert_int_equal(played_count(), 0); /* nothing before the clock had its chance */
	assert_non_null(strstr(status(w).reason, "waits for the time"));
	start(w, "");
	says(MAIN, "Boot");
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONING);
	good(w, MAIN, 600);
	assert_int_equal(w->answers, 1);
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
	assert_string_equal(status(w).last_event, "Boot");
	int64_t first = wait_post(w, MAIN);
	assert_in_range(first, 600000 / 8 - 100, 600000 * 9 / 8 + 12100);
	says(MAIN, "Beat");
	assert_true(played_peer(MAIN)->len < 3000);
	good(w, MAIN, 600);
	/* From then on each interval, give or take the jitter. */
	for (int i = 0; i < 5; i++) {
		assert_in_range(wait_post(w, MAIN), 600000 - 12200, 600000 + 12200);
		good(w, MAIN, 600);
	}
	assert_int_equal(played_peer(MAIN)->posts, 7);
}

static void intervals_are_clamped(void **state)
{
	struct world *w = *state;
	start(w, "");
	good(w, MAIN, 1);
	assert_int_equal(status(w).heartbeat_s, HEARTBEAT_MIN_S);
	wait_post(w, MAIN);
	good(w, MAIN, 2000000);
	assert_int_equal(status(w).heartbeat_s, HEARTBEAT_MAX_S);
	heartbeat_configure(w->manager, &w->settings, "main.test");
	assert_false(played_peer(MAIN)->open); /* the same again changes nothing */
	w->settings.provisioning.tls_verify = 0;
	configure(w);
	says(MAIN, "Register");
	played_status(played_peer(MAIN), 200, XML, empty_answer);
	assert_int_equal(status(w).heartbeat_s, HEARTBEAT_MAX_S); /* not said: as before */
}

static void another_identity_or_path_registers(void **state)
{
	struct world *w = *state;
	start(w, "");
	good(w, MAIN, 60);
	snprintf(w->who.ip_address, sizeof w->who.ip_address, "192.0.2.77");
	wait_post(w, MAIN);
	says(MAIN, "Register");
	assert_non_null(strstr(played_peer(MAIN)->body, "192.0.2.77"));
	good(w, MAIN, 60);
	snprintf(w->settings.provisioning.path, sizeof w->settings.provisioning.path, "elsewhere");
	configure(w);
	assert_null(played_find(MAIN));
	says("https://main.test/elsewhere", "Register");
	/* What was thought of one server is not said of the next. */
	played_fails(played_peer("https://main.test/elsewhere"), ERR_TLS, 62,
		     "certificate verification failed");
	assert_int_equal(status(w).last_verdict, 50);
	point(w, "other.test", "");
	assert_int_equal(status(w).last_verdict, -1);
	assert_int_equal(status(w).last_status, 0);
	assert_int_equal(status(w).attempts, 0);
}

static void the_guides_address_is_idle(void **state)
{
	struct world *w = *state;
	start(w, "");
	good(w, MAIN, 60);
	w->settings.provisioning.address[0] = '\0';
	heartbeat_configure(w->manager, &w->settings, "127.0.0.1");
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_non_null(strstr(status(w).reason, "127.0.0.1"));
	assert_int_equal(played_count(), 0);
	assert_int_equal(status(w).next_ms, -1);
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_TMS;
	heartbeat_configure(w->manager, &w->settings, "");
	assert_int_equal(status(w).state, HEARTBEAT_NEED_CONFIG);
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_OFF;
	point(w, "main.test", "");
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_int_equal(played_count(), 0);
}

static void each_failure_has_its_own_reason(void **state)
{
	static const struct {
		int status;
		const char *type, *body;
		enum heartbeat_state state;
		const char *words;
	} cases[] = {
		{ 401, "text/html", "", HEARTBEAT_AUTHENTICATION_FAILED, "LoginName" },
		{ 403, "text/xml", "<Error message=\"Invalid identification\" />",
		  HEARTBEAT_AUTHENTICATION_FAILED, "refuses this device" },
		{ 404, "text/plain", "Event type not found", HEARTBEAT_FAILED, "Path" },
		{ 503, "text/html", "", HEARTBEAT_FAILED, "overloaded" },
		{ 500, "text/html", "", HEARTBEAT_FAILED, "of its own" },
		{ 302, "text/html", "", HEARTBEAT_FAILED, "redirects are not followed" },
		{ 500, XML,
		  "<Envelope><Body><Fault><faultcode>Server</faultcode><faultstring>Broken.</faultstring></"
		  "Fault></Body>"
		  "</Envelope>",
		  HEARTBEAT_FAILED, "SOAP fault: \"Server\": \"Broken.\"" },
		{ 200, "text/html; charset=utf-8", "<html></html>", HEARTBEAT_FAILED, "text/html" },
		{ 200, XML, "<html/>", HEARTBEAT_FAILED, "<html>" },
		{ 200, XML, "<Envelope><Body>", HEARTBEAT_FAILED, "no XML document" },
		{ 200, XML, "", HEARTBEAT_FAILED, "no XML document" },
		/* what receivers of feedback say to any post */
		{ 204, "", "", HEARTBEAT_FAILED, "no XML document" },
		{ 304, "", "", HEARTBEAT_FAILED, "HTTP 304: it answers from a cache" },
		{ 200, XML, "\x1f\x8b\b", HEARTBEAT_FAILED, "compressed data (gzip)" },
	};
	struct world *w = *state;
	start(w, "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		wait_post(w, MAIN);
		says(MAIN, "Boot"); /* until it was taken */
		played_status(played_peer(MAIN), cases[i].status, cases[i].type, cases[i].body);
		assert_int_equal(status(w).state, cases[i].state);
		if (!strstr(status(w).reason, cases[i].words))
			fail_msg("expected \"%s\" in \"%s\"", cases[i].words, status(w).reason);
		assert_int_equal(status(w).attempts, i + 1);
		assert_int_equal(status(w).last_status, cases[i].status);
	}
	wait_post(w, MAIN);
	played_fails(played_peer(MAIN), ERR_TLS, 10, "certificate verification failed");
	assert_string_equal(status(w).reason, "certificate verification failed");
	/* Good news for those who were held: at once. */
	heartbeat_retry(w->manager);
	loop_sim_advance(w->loop, 0);
	says(MAIN, "Boot");
	good(w, MAIN, 60);
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
	assert_string_equal(status(w).reason, "");
	assert_int_equal(status(w).attempts, 0);
	heartbeat_retry(w->manager);
	loop_sim_advance(w->loop, 0);
	assert_false(played_peer(MAIN)->open);
}

static void count_failures(void *arg, enum log_level level, const char *line)
{
	(void)level;
	*(unsigned *)arg += strstr(line, "failed: ") != NULL;
}

static void what_goes_on_failing_is_told_at_1_10_100(void **state)
{
	struct world *w = *state;
	unsigned lines = 0;
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	log_set_level(LOG_LEVEL_NOTICE);
	log_set_tap(count_failures, &lines);
	start(w, "");
	for (unsigned n = 1; n <= 120; n++) {
		played_fails(played_peer(MAIN), ERR_NET, 111, "no connection");
		assert_int_equal(lines, n < 10 ? 1 : n < 100 ? 2 : 3);
		wait_post(w, MAIN);
	}
	played_status(played_peer(MAIN), 404, "", ""); /* another one is news */
	assert_int_equal(lines, 4);
	wait_post(w, MAIN);
	good(w, MAIN, 60);
	wait_post(w, MAIN);
	played_fails(played_peer(MAIN), ERR_NET, 111, "no connection");
	assert_int_equal(lines, 5);
	log_set_tap(NULL, NULL);
	log_close();
	log_set_level(LOG_LEVEL_ERROR);
}

static void count_lines(void *arg, enum log_level level, const char *line)
{
	(void)level, (void)line;
	++*(unsigned *)arg;
}

/* Three days of a main and an alternate server that fail in turn, and a probe that succeeds each time: a few
 * lines a day. */
static void servers_that_take_turns_are_told_rarely(void **state)
{
	struct world *w = *state;
	unsigned lines = 0, events = 0;
	int64_t begun = loop_now_ms(w->loop);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	log_set_level(LOG_LEVEL_NOTICE);
	log_set_tap(count_lines, &lines);
	start(w, "other.test");
	for (int day = 1; day <= 3; day++) {
		lines = 0;
		while (loop_now_ms(w->loop) - begun < day * INT64_C(24) * 3600 * 1000) {
			static const struct https_reply there = {
				.retry_after_s = -1, .verify_code = -1, .content_type = "", .body = ""
			};
			struct https_endpoint *p[] = { played_peer(MAIN), played_peer(OTHER) };
			for (int i = 0; i < 2; i++) {
				if (p[i]->probing)
					played_reply(p[i], &there);
				else if (p[i]->open && events++ % 7 < 2)
					played_fails(p[i], ERR_NET, 111, "no connection");
				else if (p[i]->open)
					good(w, i ? OTHER : MAIN, 60);
			}
			loop_sim_advance(w->loop, 1000);
		}
		assert_in_range(lines, 0, 40);
	}
	assert_true(events > 3 * 24 * 60);
	log_set_tap(NULL, NULL);
	log_close();
	log_set_level(LOG_LEVEL_ERROR);
}

static void a_person_need_not_wait(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(heartbeat_now(w->manager, &e), -1);
	start(w, "");
	good(w, MAIN, 60);
	assert_int_equal(heartbeat_now(w->manager, &e), 0);
	loop_sim_advance(w->loop, 0);
	says(MAIN, "Register");
	assert_int_equal(heartbeat_now(w->manager, &e), 0); /* one at a time */
	loop_sim_advance(w->loop, 0);
	good(w, MAIN, 60);
	says(MAIN,
	     /* what was asked for meanwhile follows: the one before may not have held what changed since */
	     "Register");
	good(w, MAIN, 60);
	assert_false(played_peer(MAIN)->open);
	heartbeat_configure(w->manager, &w->settings, "127.0.0.1");
	w->settings.provisioning.address[0] = '\0';
	heartbeat_configure(w->manager, &w->settings, "127.0.0.1");
	assert_int_equal(heartbeat_now(w->manager, &e), -1);
	assert_non_null(strstr(e.text, "127.0.0.1"));
}

static void retry_after_is_obeyed(void **state)
{
	struct world *w = *state;
	start(w, "other.test");
	struct https_reply r = {
		.status = 503, .retry_after_s = 240, .verify_code = -1, .content_type = "", .body = ""
	};
	played_reply(played_peer(MAIN), &r);
	assert_in_range(wait_post(w, MAIN), 240000, 265000);
	r.retry_after_s = 1000000; /* nobody sends us away for days */
	played_reply(played_peer(MAIN), &r);
	assert_in_range(wait_post(w, MAIN), 3600000, 3970000);
	assert_false(played_peer(OTHER)->posts);
}

/* What only an administrator can mend is held, anything else is tried sooner: the second wait tells which. */
static void what_is_held_and_what_is_tried_again(void **state)
{
	static const struct {
		int status;
		enum err_kind kind;
		enum heartbeat_state state;
		int64_t base_ms;
	} rows[] = {
		{ 301, ERR_NONE, HEARTBEAT_FAILED, 15000 },
		{ 400, ERR_NONE, HEARTBEAT_FAILED, 15000 },
		{ 401, ERR_NONE, HEARTBEAT_AUTHENTICATION_FAILED, 15000 },
		{ 403, ERR_NONE, HEARTBEAT_AUTHENTICATION_FAILED, 15000 },
		{ 404, ERR_NONE, HEARTBEAT_FAILED, 15000 },
		{ 407, ERR_NONE, HEARTBEAT_AUTHENTICATION_FAILED, 15000 },
		{ 499, ERR_NONE, HEARTBEAT_FAILED, 15000 },
		{ 408, ERR_NONE, HEARTBEAT_FAILED, 5000 },
		{ 429, ERR_NONE, HEARTBEAT_FAILED, 5000 },
		{ 500, ERR_NONE, HEARTBEAT_FAILED, 5000 },
		{ 503, ERR_NONE, HEARTBEAT_FAILED, 5000 },
		{ 0, ERR_NET, HEARTBEAT_FAILED, 5000 },
		{ 0, ERR_DNS, HEARTBEAT_FAILED, 5000 },
		{ 0, ERR_TIMEOUT, HEARTBEAT_FAILED, 5000 },
		{ 0, ERR_TLS, HEARTBEAT_FAILED, 15000 },
		{ 0, ERR_DATE, HEARTBEAT_FAILED, 15000 },
		{ 0, ERR_CONFIG, HEARTBEAT_CONFIG_ERROR, 15000 },
	};
	struct world *w = *state;
	start(w, "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (int n = 0; n < 2; n++) {
			struct https_reply r = { .status = rows[i].status,
						 .retry_after_s = -1,
						 .verify_code = -1,
						 .content_type = "",
						 .body = "" };
			if (rows[i].kind != ERR_NONE)
				err_set(&r.err, rows[i].kind, 0, "played");
			wait_post(w, MAIN);
			played_reply(played_peer(MAIN), &r);
		}
		assert_int_equal(status(w).state, rows[i].state);
		assert_int_equal(status(w).attempts, 2);
		assert_int_equal(status(w).last_status, rows[i].status);
		assert_in_range(status(w).next_ms, rows[i].base_ms, 2 * rows[i].base_ms + 1);
		wait_post(w, MAIN);
		good(w, MAIN, 60);
		assert_int_equal(status(w).attempts, 0);
	}
}

/* In a long outage each device tries at its own place in the longest wait, so that a fleet does not
 * gather. */
static void long_outages_are_waited_out_in_a_place(void **state)
{
	enum { CAP_MS = 300000, JITTER_MS = CAP_MS / 50 };
	struct world *w = *state;
	int64_t place = -1;
	start(w, "");
	for (int i = 0; i < 30; i++) {
		wait_post(w, MAIN);
		played_fails(played_peer(MAIN), ERR_NET, 0, "no route");
		assert_in_range(status(w).next_ms, 1, 2 * CAP_MS);
		if (i < 10)
			continue;
		int64_t at = (loop_now_ms(w->loop) + status(w).next_ms) % CAP_MS;
		place = place < 0 ? at : place;
		int64_t off = (at - place + CAP_MS + CAP_MS / 2) % CAP_MS - CAP_MS / 2;
		assert_true(off >= -JITTER_MS && off <= JITTER_MS);
	}
}

/* What a page of another server says is no answer, whatever its status. */
static void answers_are_xml(void **state)
{
	static const struct {
		const char *type;
		int good;
	} rows[] = {
		{ "text/xml", 1 },
		{ "text/xml; charset=utf-8", 1 },
		{ "TEXT/XML;charset=x", 1 },
		{ "application/xml", 1 },
		{ "application/soap+xml; charset=utf-8", 1 },
		{ "", 1 },
		{ "text/html", 0 },
		{ "text/xmlx", 0 },
		{ "application/soap+json", 0 },
		{ "application/jsn", 0 },
		{ "application/xml-external", 0 },
		{ "text/css", 0 },
	};
	struct world *w = *state;
	start(w, "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		wait_post(w, MAIN);
		played_status(played_peer(MAIN), 200, rows[i].type, empty_answer);
		assert_int_equal(status(w).state, rows[i].good ? HEARTBEAT_PROVISIONED : HEARTBEAT_FAILED);
	}
}

/* Once the manager has taken Boot, there may be nothing to say to a Beat. */
static void a_beat_may_be_answered_with_nothing(void **state)
{
	struct world *w = *state;
	start(w, "");
	good(w, MAIN, 60);
	for (int status_code = 202; status_code <= 204; status_code += 2) {
		wait_post(w, MAIN);
		says(MAIN, "Beat");
		played_status(played_peer(MAIN), status_code, "", "");
		assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
		assert_int_equal(status(w).heartbeat_s, 60);
	}
	wait_post(w, MAIN);
	played_status(played_peer(MAIN), 200, XML, "");
	assert_int_equal(status(w).state, HEARTBEAT_FAILED);
}

/* Off is off, at the start and later, whatever address is set; and the same again with no address. */
static void nobody_is_called_while_off(void **state)
{
	struct world *w = *state;
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_OFF;
	start(w, "other.test");
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_int_equal(played_count(), 0);
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_AUTO;
	configure(w);
	says(MAIN, "Boot");
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_OFF;
	configure(w);
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_int_equal(played_count(), 0);
	w->settings.provisioning.mode = SETTINGS_PROVISIONING_AUTO;
	point(w, "", "other.test");
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_int_equal(played_count(), 0);
}

static void nobody_is_called_at_the_start_without_an_address(void **state)
{
	struct world *w = *state;
	point(w, "", "other.test");
	heartbeat_start(w->manager);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_int_equal(played_count(), 0);
}

static void the_alternate_serves_and_the_first_comes_back(void **state)
{
	struct world *w = *state;
	start(w, "other.test");
	played_fails(played_peer(MAIN), ERR_NET, 0, "no connection");
	assert_true(wait_post(w, OTHER) <= 5000);
	says(OTHER, "Boot");
	good(w, OTHER, 60);
	assert_true(status(w).alternate);
	/* Sticky: beats go on there; the first one is looked at, and failing to answer changes nothing. */
	for (int i = 0; !played_peer(MAIN)->probing; i++) {
		assert_true(i < 20);
		wait_post(w, OTHER);
		says(OTHER, "Beat");
		good(w, OTHER, 60);
	}
	played_fails(played_peer(MAIN), ERR_NET, 0, "no connection");
	wait_post(w, OTHER);
	good(w, OTHER, 60);
	while (!played_peer(MAIN)->probing) {
		loop_sim_advance(w->loop, 1000);
		if (played_peer(OTHER)->open)
			good(w, OTHER, 60);
	}
	assert_int_equal(played_peer(MAIN)->posts, 1);
	struct https_reply there = { .retry_after_s = -1, .verify_code = -1, .content_type = "", .body = "" };
	played_reply(played_peer(MAIN), &there);
	loop_sim_advance(w->loop, 0);
	says(MAIN, "Register");
	good(w, MAIN, 60);
	assert_false(status(w).alternate);
	wait_post(w, MAIN);
	says(MAIN, "Beat");
}

static void move(struct world *w, const char *address, const char *user)
{
	heartbeat_move(w->manager, &w->settings,
		       &(struct heartbeat_place){ .address = address, .path = "/x", .user = user });
}

static void moves_only_to_who_answers(void **state)
{
	struct world *w = *state;
	snprintf(w->settings.provisioning.login_name, sizeof w->settings.provisioning.login_name, "me");
	snprintf(w->settings.provisioning.password, sizeof w->settings.provisioning.password, "hush");
	w->settings.verification.revocation = SETTINGS_REVOCATION_HARD;
	start(w, "");
	good(w, MAIN, 60);
	move(w, "new.test", "another");
	says("https://new.test/x", "Register");
	assert_string_equal(played_peer("https://new.test/x")->user, "another");
	assert_string_equal(played_peer("https://new.test/x")->password, "hush");
	assert_int_equal(played_peer("https://new.test/x")->verify, 1);
	assert_int_equal(played_peer("https://new.test/x")->policy.revocation, VERIFY_REVOCATION_HARD);
	unsigned changes = w->changes;
	played_fails(played_peer("https://new.test/x"), ERR_TLS, 20, "nobody knows its issuer");
	assert_null(played_find("https://new.test/x"));
	assert_non_null(strstr(status(w).stayed, "nobody knows its issuer"));
	assert_int_equal(w->changes, changes + 1); /* people are told why it stayed */
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
	assert_string_equal(w->moved, "");
	wait_post(w, MAIN);
	assert_string_equal(played_peer(MAIN)->user, "me");
	good(w, MAIN, 60);
	move(w, "127.0.0.1", NULL);
	assert_non_null(
		strstr(status(w).stayed, "asked to move to \"127.0.0.1\": expected the address of a server"));
	move(w, "new.test", "another");
	move(w, "new.test", NULL); /* in place of the move under way, and with nothing of it */
	assert_string_equal(played_peer("https://new.test/x")->user, "me");
	played_status(played_peer("https://new.test/x"), 200, XML, empty_answer);
	assert_string_equal(w->moved, "new.test /x me hush");
	assert_string_equal(status(w).stayed, "");
	loop_sim_advance(w->loop, 0);
	assert_null(played_find(MAIN));
	says("https://new.test/x", "Register");
	good(w, "https://new.test/x", 60);
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
}

/* Whoever shows the status hears of each change of it, and of nothing that stays as it is. */
static void changes_are_told_once(void **state)
{
	struct world *w = *state;
	unsigned before = w->changes;
	start(w, "");
	assert_int_equal(w->changes, before + 1); /* Provisioning */
	good(w, MAIN, 60);
	before = w->changes;
	for (int i = 0; i < 3; i++) {
		wait_post(w, MAIN);
		played_fails(played_peer(MAIN), ERR_NET, 0, i == 2 ? "no name" : "no route");
		assert_int_equal(w->changes, before + (i == 2 ? 2 : 1));
	}
	wait_post(w, MAIN);
	good(w, MAIN, 60);
	assert_true(w->changes > before + 2);
	wait_post(w, MAIN);
	before = w->changes;
	good(w, MAIN, 60);
	wait_post(w, MAIN);
	good(w, MAIN, 60);
	assert_int_equal(w->changes, before); /* beats, one like the other */
	wait_post(w, MAIN);
	good(w, MAIN, 120);
	assert_int_equal(w->changes, before + 1); /* their interval is another one */
}

/* An address that no URL can be made of names nobody; with a good alternate one beside it, too. */
static void an_address_that_cannot_be(void **state)
{
	struct world *w = *state;
	start(w, "");
	point(w, "not a host", "other.test");
	assert_int_equal(status(w).state, HEARTBEAT_CONFIG_ERROR);
	assert_string_equal(status(w).server, "");
	assert_int_equal(status(w).next_ms, -1);
	assert_null(played_find(OTHER));
	point(w, "main.test", "not a host");
	says(MAIN, "Boot");
	good(w, MAIN, 60);
	assert_int_equal(status(w).state, HEARTBEAT_PROVISIONED);
}

static void a_trial_ends_when_settings_change(void **state)
{
	struct world *w = *state;
	start(w, "");
	good(w, MAIN, 60);
	move(w, "new.test", NULL);
	point(w, "", ""); /* switched off: what answers late must not switch it on again */
	assert_null(played_find("https://new.test/x"));
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	assert_non_null(strstr(status(w).stayed, "settings changed"));
	assert_string_equal(w->moved, "");
	point(w, "main.test", "");
	good(w, MAIN, 60);
	move(w, "new.test", NULL);
	played_fails(played_peer("https://new.test/x"), ERR_TLS, 62, "certificate verification failed");
	assert_int_equal(status(w).last_status, 200); /* those are the manager's */
	assert_int_equal(status(w).last_verdict, -1);
}

/* The manager has accepted an event, and this result waits for the next one. */
static void start_with_result(struct world *w, const char *name)
{
	struct doc *results = doc_new("Command");
	start(w, "");
	good(w, MAIN, 60);
	doc_set_attr(doc_add(results, name, 0), "status", "OK");
	heartbeat_add_results(w->manager, results);
}

static void results_go_with_the_next_event(void **state)
{
	struct world *w = *state;
	start_with_result(w, "BootResult");
	wait_post(w, MAIN);
	assert_non_null(strstr(played_peer(MAIN)->body,
			       "<Event>Beat</Event>\n<Command>\n  <BootResult status=\"OK\"/>"));
	played_status(played_peer(MAIN), 500, XML, "");
	wait_post(w, MAIN);
	assert_non_null(strstr(played_peer(MAIN)->body, "BootResult")); /* not lost with a beat that failed */
	good(w, MAIN, 60);
	wait_post(w, MAIN);
	assert_null(strstr(played_peer(MAIN)->body, "BootResult"));
}

/* Of results that are too long, the manager gets errors, and the others whole. */
static void a_result_that_is_too_long_is_replaced(void **state)
{
	struct world *w = *state;
	struct doc *results = doc_new("Command");
	start_with_result(w, "EarlierResult");
	char *big = mem_new(HEARTBEAT_RESULTS_MAX + 1);
	memset(big, 'x', HEARTBEAT_RESULTS_MAX);
	doc_add_value(results, "SmallResult", DOC_STRING, "y");
	for (int i = 0; i < 64; i++)
		doc_add_value(results, "BigResult", DOC_STRING, big);
	doc_add_value(results, "LastResult", DOC_STRING, "z");
	free(big);
	heartbeat_add_results(w->manager, results);
	wait_post(w, MAIN);
	const char *at =
		strstr(played_peer(MAIN)->body, "<Command>\n  <EarlierResult status=\"OK\"/>\n  "
						"<SmallResult>y</SmallResult>\n  "
						"<BigResult status=\"Error\">\n    <Reason>the command "
						"was run, but its result is too long to be sent</Reason>");
	assert_non_null(at);
	int n = 0;
	for (const char *s = at; (s = strstr(s, "<BigResult ")); s++)
		n++;
	assert_int_equal(n, 64);
	assert_non_null(strstr(at, "<LastResult>z</LastResult>\n</Command>"));
}

/* Those that come while an event is under way were not in it: its good answer takes away none of them. */
static void results_that_come_meanwhile_go_with_the_event_after(void **state)
{
	struct world *w = *state;
	struct doc *late = doc_new("Command"), *untold = doc_new("Command");
	start_with_result(w, "EarlyResult");
	wait_post(w, MAIN);
	assert_non_null(strstr(played_peer(MAIN)->body, "EarlyResult"));
	doc_add(late, "LateResult", 0);
	heartbeat_add_results(w->manager, late);
	good(w, MAIN, 60);
	heartbeat_copy_results(w->manager, untold);
	assert_non_null(doc_child(untold, "LateResult", 0));
	doc_free(untold);
	wait_post(w, MAIN);
	assert_non_null(strstr(played_peer(MAIN)->body, "LateResult"));
	good(w, MAIN, 60);
	wait_post(w, MAIN);
	assert_null(strstr(played_peer(MAIN)->body, "Result/>"));
}

static void results_of_a_manager_that_is_none_any_more_are_dropped(void **state)
{
	struct world *w = *state;
	start_with_result(w, "BootResult");
	heartbeat_add_results(w->manager, NULL);
	point(w, "", "");
	assert_int_equal(status(w).state, HEARTBEAT_IDLE);
	point(w, "other.test", "");
	says(OTHER, "Register");
	assert_null(strstr(played_peer(OTHER)->body, "BootResult"));
}

/* A server's answers may set off the next event: a command, or a setting that is another one each time. */
static void events_do_not_chase_each_other(void **state)
{
	struct world *w = *state;
	struct err e;
	unsigned posts = 0;
	start(w, "");
	int64_t begin = loop_now_ms(w->loop);
	while (loop_now_ms(w->loop) < begin + 100000) {
		if (played_peer(MAIN)->open) {
			posts++;
			good(w, MAIN, 10);
			assert_int_equal(heartbeat_now(w->manager, &e), 0);
		}
		loop_sim_advance(w->loop, 50);
	}
	assert_in_range(posts, 25, 31); /* 20, and then one each ten seconds */
}

/* --- a fleet --- */

enum { FLEET = 2000, OUTAGE_S = 28 * 60, SECONDS = 600 };

static int down;
static unsigned arrivals[SECONDS];

/* One second: every post in flight is answered as the server is. */
static size_t serve(struct loop *l)
{
	size_t n = 0;
	loop_sim_advance(l, 1000);
	for (size_t i = 0; i < played_n; i++) {
		if (!played[i] || !played[i]->open)
			continue;
		n++;
		if (down)
			played_fails(played[i], ERR_NET, 0, "no connection");
		else
			played_status(played[i], 200, XML, empty_answer);
	}
	return n;
}

static void a_fleet_comes_back_evenly(void **state)
{
	(void)state;
	struct world *w = mem_array(FLEET, sizeof *w);
	struct loop *l = loop_new_sim();
	unsigned peak = 0, sum = 0, spoken = 0;
	for (int i = 0; i < FLEET; i++) {
		struct heartbeat_options o = { .loop = l,
					       .identity = identity,
					       .changed = changed,
					       .answered = answered,
					       .moved = moved,
					       .arg = &w[i] };
		w[i].loop = l;
		w[i].manager = heartbeat_new(&o);
		snprintf(w[i].who.mac_address, sizeof w[i].who.mac_address, "02:00:00:00:%02X:%02X", i >> 8,
			 i & 0xff);
		snprintf(w[i].settings.provisioning.address, sizeof w[i].settings.provisioning.address,
			 "main.test");
		heartbeat_configure(w[i].manager, &w[i].settings, "main.test");
		heartbeat_start(w[i].manager); /* all at one moment: power came back in the whole building */
	}
	for (int s = 0; s < 900; s++)
		serve(l);
	down = 1;
	for (int s = 0; s < OUTAGE_S; s++)
		serve(l);
	down = 0;
	/* Until the last one is back. */
	int last = 0;
	for (int s = 0; s < SECONDS; s++) {
		size_t n = serve(l);
		arrivals[s] = (unsigned)n;
		spoken = 0;
		for (int i = 0; i < FLEET; i++)
			spoken += status(&w[i]).state == HEARTBEAT_PROVISIONED;
		last = s + 1;
		if (spoken == FLEET)
			break;
	}
	assert_int_equal(spoken, FLEET);
	for (int s = 0; s < last; s++) {
		sum += arrivals[s];
		peak = arrivals[s] > peak ? arrivals[s] : peak;
	}
	double ratio = peak / ((double)sum / last);
	printf("%d agents after an outage of %d s: back within %d s, at most %u a second, peak to mean "
	       "%.2f\n",
	       FLEET, OUTAGE_S, last, peak, ratio);
	assert_true(ratio < 3);
	assert_true(peak < FLEET / 60); /* spread over minutes, not evenly over a moment */
	/* And beats stay spread. */
	peak = sum = 0;
	for (int s = 0; s < 420; s++) {
		unsigned n = (unsigned)serve(l);
		sum += n;
		peak = n > peak ? n : peak;
	}
	assert_true(peak / (sum / 420.0) < 3.5);
	for (int i = 0; i < FLEET; i++)
		heartbeat_free(w[i].manager);
	loop_free(l);
	free(w);
	assert_int_equal(played_count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(boots_then_beats_in_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(intervals_are_clamped, setup, teardown),
		cmocka_unit_test_setup_teardown(another_identity_or_path_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(the_guides_address_is_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(each_failure_has_its_own_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(what_goes_on_failing_is_told_at_1_10_100, setup, teardown),
		cmocka_unit_test_setup_teardown(servers_that_take_turns_are_told_rarely, setup, teardown),
		cmocka_unit_test_setup_teardown(a_person_need_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(retry_after_is_obeyed, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_are_xml, setup, teardown),
		cmocka_unit_test_setup_teardown(a_beat_may_be_answered_with_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_is_called_while_off, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_is_called_at_the_start_without_an_address, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_held_and_what_is_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(long_outages_are_waited_out_in_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(the_alternate_serves_and_the_first_comes_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(moves_only_to_who_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_are_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(an_address_that_cannot_be, setup, teardown),
		cmocka_unit_test_setup_teardown(a_trial_ends_when_settings_change, setup, teardown),
		cmocka_unit_test_setup_teardown(results_go_with_the_next_event, setup, teardown),
		cmocka_unit_test_setup_teardown(a_result_that_is_too_long_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(results_that_come_meanwhile_go_with_the_event_after, setup,
						teardown),
		cmocka_unit_test_setup_teardown(results_of_a_manager_that_is_none_any_more_are_dropped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(events_do_not_chase_each_other, setup, teardown),
		cmocka_unit_test(a_fleet_comes_back_evenly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
