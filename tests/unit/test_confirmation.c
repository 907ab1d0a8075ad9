/* SPDX-License-Identifier: MIT */
/* Settings that wait to be confirmed, in a whole agent on a loop whose clock the test moves: what the manager
 * pushes, and what an administrator sets. The manager's server is played. */
#include "../../src/diagnostics/confirmation_internal.h"

#include "settings/origin.h"
#include "wire/manager.h"

#include <sys/stat.h>
#include <unistd.h>

#include "world_agent.h"
#include "played_https.h"

#define HERE   "https://here.test/m"
#define REVOKE "<Security><Revocation><Mode>Soft</Mode></Revocation></Security>"
enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static const char mode[] = "Security Revocation Mode",
		  within[] = "Provisioning ExternalManager ConfirmWithin";

static struct confirmation *confirmation;

static void restart(struct world *w)
{
	confirmation_free(confirmation);
	world_restart(w);
	confirmation = confirmation_new(w->agent);
	loop_sim_advance(w->loop, 0);
}

static int setup(void **state)
{
	struct world *w = world_new();
	confirmation = confirmation_new(w->agent);
	set(w, "Provisioning ExternalManager Path", "/m");
	set(w, "Provisioning LoginName", "me");
	set(w, "Provisioning ExternalManager Released", "Provisioning Password");
	set(w, "Provisioning ExternalManager Address", "here.test");
	set(w, within, "10");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	confirmation_free(confirmation);
	world_free(*state);
	assert_int_equal(played_count(), 0);
	return 0;
}

/* --- what happens --- */

/* The manager accepts the event that is under way; one is made if there is none. */
static void accept_event(struct world *w, const char *configuration)
{
	char text[2000];
	struct err e;
	if (!played_peer(HERE)->open)
		assert_int_equal(provisioning_register(w->agent->provisioning, &e), 0);
	loop_sim_advance(w->loop, 0);
	snprintf(text, sizeof text, "<PostEventResult><Management>%s%s%s</Management></PostEventResult>",
		 *configuration ? "<Configuration><Configuration>" : "", configuration,
		 *configuration ? "</Configuration></Configuration>" : "");
	played_status(played_peer(HERE), 200, MANAGER_CONTENT_TYPE, text);
	loop_sim_advance(w->loop, 0);
}

static void refuse_event(struct world *w)
{
	assert_true(played_peer(HERE)->open);
	played_fails(played_peer(HERE), ERR_TLS, 20, "nobody knows its issuer");
	loop_sim_advance(w->loop, 0);
}

/* Time passes, in which the manager accepts nothing. */
static void pass(struct world *w, int64_t ms)
{
	for (; ms > 0; ms -= 1000) {
		loop_sim_advance(w->loop, ms < 1000 ? ms : 1000);
		if (played_find(HERE) && played_peer(HERE)->open)
			refuse_event(w);
	}
}

static void administrator(const char *path, const char *value)
{
	struct confirmation_request r = { .minutes = 60, .who = { .by = AUDIT_BY_PERSON, .uid = 0 } };
	struct settings_pair p = { path, value, SETTINGS_FROM_TERMINAL };
	struct err e;
	if (confirmation_configure(confirmation, &r, &p, 1, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

/* "Origin value", or "not set". */
static const char *held(const struct world *w, const char *path)
{
	static char ret[200];
	struct settings_pair h;
	settings_held(agent_settings(w->agent), path, &h);
	snprintf(ret, sizeof ret, "%s%s%s", h.value ? settings_origin_word(h.origin) : "not set",
		 h.value ? " " : "", h.value ? h.value : "");
	return ret;
}

static void assert_window(enum window_state state)
{
	assert_int_equal(window_state(confirmation->window), state);
}

/* --- what the manager pushes --- */

static void the_managers_acceptance_confirms(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	assert_string_equal(held(w, mode), "Manager Soft"); /* it holds at once */
	assert_window(WINDOW_OPEN);
	assert_int_equal(window_owner(confirmation->window), WINDOW_MANAGER);
	assert_int_equal(times_logged(w, "the change by the manager is taken back unless it is confirmed "
					 "within 10 minutes"),
			 1);
	assert_true(played_peer(HERE)->open); /* it is asked at once, and not with the next beat */
	assert_non_null(strstr(played_peer(HERE)->body, "<Event>Register</Event>"));
	loop_sim_advance(w->loop, 5 * MINUTE); /* an answer that is late */
	assert_window(WINDOW_OPEN);
	accept_event(w, "");
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_CLOSED);
	assert_int_equal(times_logged(w, "configuration: the change by the manager is confirmed"), 1);
	pass(w, HOUR);
	assert_string_equal(held(w, mode), "Manager Soft");
}

/* The event that was under way when the settings changed says nothing of them. */
static void an_event_of_before_confirms_nothing(void **state)
{
	struct world *w = *state;
	struct confirmation_request r = { .minutes = 10, .needs_manager = 1, .who = { .uid = 0 } };
	struct settings_pair p = { "Phonebook Server 1 Type", "TMS", SETTINGS_FROM_TERMINAL };
	struct err e;
	accept_event(w, "");
	assert_int_equal(provisioning_register(w->agent->provisioning, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_true(played_peer(HERE)->open);
	assert_int_equal(confirmation_configure(confirmation, &r, &p, 1, NULL, &e), 0);
	accept_event(w, ""); /* without a moment between: only the order counts */
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_OPEN);
	accept_event(w, "");
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(value(w, "Phonebook Server 1 Type"), "TMS");
}

static void not_accepted_it_is_taken_back_exactly(void **state)
{
	struct world *w = *state;
	set(w, "Phonebook Server 1 URL", "https://book.test/");
	accept_event(w, REVOKE "<Phonebook><Server><URL>https://other.test/</URL></Server></Phonebook>"
			       "<SystemUnit><Name>pushed</Name></SystemUnit>");
	assert_string_equal(value(w, mode), "Soft");
	pass(w, 10 * MINUTE - 2000);
	assert_window(WINDOW_OPEN);
	assert_string_equal(value(w, mode), "Soft");
	pass(w, 3000);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(held(w, mode), "not set");
	assert_string_equal(held(w, "Phonebook Server 1 URL"), "Terminal https://book.test/");
	assert_string_equal(held(w, "SystemUnit Name"), "not set"); /* a push is one */
	assert_int_equal(times_logged(w, "the change by the manager was not confirmed: what it changed"), 1);
}

static void what_cuts_nobody_off_waits_for_nothing(void **state)
{
	struct world *w = *state;
	accept_event(w, "<SystemUnit><Name>pushed</Name></SystemUnit>");
	assert_window(WINDOW_CLOSED);
	assert_string_equal(value(w, "SystemUnit Name"), "pushed");
	set(w, within, "0"); /* as it is by default */
	accept_event(w, REVOKE);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(value(w, mode), "Soft");
}

/* A name or password that the server may refuse is tried; a move has been tried already. */
static void another_log_in_waits_and_a_move_does_not(void **state)
{
	struct world *w = *state;
	accept_event(w, "<Provisioning><Password>wrong</Password></Provisioning>");
	assert_window(WINDOW_OPEN);
	pass(w, 11 * MINUTE);
	assert_string_equal(held(w, "Provisioning Password"), "not set");
	pass(w, HOUR);
	accept_event(w, "<Provisioning><ExternalManager><Address>there.test</Address></ExternalManager>"
			"<LoginName>you</LoginName></Provisioning>");
	played_status(played_peer("https://there.test/m"), 200, MANAGER_CONTENT_TYPE,
		      "<PostEventResult><Management/></PostEventResult>");
	loop_sim_advance(w->loop, 0);
	assert_string_equal(value(w, "Provisioning LoginName"), "you");
	assert_window(WINDOW_CLOSED);
}

static void the_manager_opens_one_an_hour(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	accept_event(w, "");
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_CLOSED);
	pass(w, HOUR - 3 * MINUTE);
	accept_event(w, "<Security><Revocation><Mode>Hard</Mode></Revocation></Security>"
			"<SystemUnit><Name>pushed</Name></SystemUnit>");
	assert_string_equal(value(w, mode), "Soft"); /* refused as a whole */
	assert_string_equal(value(w, "SystemUnit Name"), "");
	assert_int_equal(times_logged(w, "its configuration is refused as a whole: the manager has made a "
					 "change that had to be confirmed less than an hour ago"),
			 1);
	accept_event(w, "<SystemUnit><Name>pushed</Name></SystemUnit>");
	assert_string_equal(value(w, "SystemUnit Name"), "pushed");
	pass(w, 3 * MINUTE);
	accept_event(w, "<Security><Revocation><Mode>Hard</Mode></Revocation></Security>");
	assert_string_equal(value(w, mode), "Hard");
	assert_window(WINDOW_OPEN);
}

static void an_administrators_ends_a_managers(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	administrator("Phonebook Server 1 Type", "TMS");
	assert_string_equal(held(w, mode), "not set"); /* taken back before */
	assert_string_equal(value(w, "Phonebook Server 1 Type"), "TMS");
	assert_window(WINDOW_OPEN);
	assert_int_equal(window_owner(confirmation->window), WINDOW_ADMIN);
	/* While it waits, what the manager pushes holds as without a window, and stays. */
	accept_event(w, REVOKE);
	accept_event(w, ""); /* nor is its acceptance a confirmation */
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_OPEN);
	pass(w, HOUR + MINUTE);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(held(w, "Phonebook Server 1 Type"), "not set");
	assert_string_equal(held(w, mode), "Manager Soft");
}

/* One that is refused does not: neither one that would change nothing, also only then, nor a wrong one. */
static void an_administrators_that_is_refused_ends_nothing(void **state)
{
	struct world *w = *state;
	static const char *const refused[][3] = {
		{ "Provisioning LoginName", "me", "nothing would change" },
		{ "Phonebook Server 1 URL", "https://book.test/", "nothing would change" },
		{ "Security Revocation Mode", "Sometimes", "Off/Soft/Hard" },
	};
	struct confirmation_request r = { .minutes = 60, .who = { .by = AUDIT_BY_PERSON, .uid = 0 } };
	set(w, "Phonebook Server 1 URL", "https://book.test/");
	accept_event(w, REVOKE "<Phonebook><Server><URL>https://other.test/</URL></Server></Phonebook>");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct settings_pair p = { refused[i][0], refused[i][1], SETTINGS_FROM_TERMINAL };
		struct err e;
		assert_int_equal(confirmation_configure(confirmation, &r, &p, 1, NULL, &e), -1);
		if (!strstr(e.text, refused[i][2]))
			fail_msg("%s", e.text);
		assert_window(WINDOW_OPEN);
		assert_int_equal(window_owner(confirmation->window), WINDOW_MANAGER);
		assert_string_equal(held(w, mode), "Manager Soft");
		assert_string_equal(value(w, "Phonebook Server 1 URL"), "https://other.test/");
	}
	assert_int_equal(times_logged(w, "was taken back"), 0);
}

/* A process that is killed goes on where it was; the third start takes back at once. */
static void starts_within_it(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	pass(w, 3 * MINUTE);
	for (int starts = 1; starts <= 2; starts++) {
		restart(w);
		assert_window(WINDOW_OPEN);
		assert_in_range(window_left_ms(confirmation->window), 7 * MINUTE, 7 * MINUTE + 11000);
		assert_string_equal(value(w, mode), "Soft");
	}
	restart(w);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(held(w, mode), "not set");
}

static void the_first_event_of_a_new_process_confirms(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	restart(w);
	assert_window(WINDOW_OPEN);
	accept_event(w, "");
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(held(w, mode), "Manager Soft");
}

/* By a connection that was made before the name servers changed, nothing would be proved. */
static void other_name_servers_need_another_connection(void **state)
{
	(void)state;
	unsigned before = played_epochs;
	administrator("Network 1 DNS Server 1 Address", "192.0.2.53");
	assert_true(played_epochs > before);
}

/* A command of the manager does not end a window of its own. */
static void the_managers_commands_wait_for_its_window(void **state)
{
	struct world *w = *state;
	struct confirmation_request r = { .minutes = 60, .who = { .by = AUDIT_BY_MANAGER } };
	struct settings_pair p = { "Phonebook Server 1 Type", "TMS", SETTINGS_FROM_MANAGER };
	struct err e;
	accept_event(w, REVOKE);
	assert_int_equal(confirmation_configure(confirmation, &r, &p, 1, NULL, &e), -1);
	assert_non_null(strstr(e.text, "waits to be confirmed"));
	assert_window(WINDOW_OPEN);
	assert_string_equal(value(w, mode), "Soft");
}

/* The log server is cut off by its address, and by no level of the log. */
static void another_log_server_waits(void **state)
{
	struct world *w = *state;
	set(w, "Provisioning ExternalManager Released", "Logging");
	accept_event(w, "<Logging><Level>Debug</Level></Logging>");
	assert_string_equal(value(w, "Logging Level"), "Debug");
	assert_window(WINDOW_CLOSED);
	accept_event(w,
		     "<Logging><External><Server><Address>log.test</Address></Server></External></Logging>");
	assert_string_equal(value(w, "Logging External Server Address"), "log.test");
	assert_window(WINDOW_OPEN);
}

/* What cannot be taken back is tried again every 10 seconds, and cannot be confirmed meanwhile. */
static void a_full_disk_when_the_time_is_over(void **state)
{
	struct world *w = *state;
	struct err e;
	struct audit_who who = { .by = AUDIT_BY_PERSON, .uid = 0 };
	char file[100];
	administrator("Phonebook Server 1 Type", "TMS");
	snprintf(file, sizeof file, "%s/settings.conf", w->folder);
	assert_int_equal(remove(file), 0);
	assert_int_equal(mkdir(file, 0700), 0); /* so that it cannot be replaced */
	pass(w, HOUR + MINUTE);
	assert_window(WINDOW_TAKING_BACK);
	assert_in_range(times_logged(w, "cannot be taken back yet"), 5, 8);
	assert_int_equal(confirmation_confirm(confirmation, &who, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(rmdir(file), 0);
	pass(w, 11000);
	assert_window(WINDOW_CLOSED);
	assert_string_equal(held(w, "Phonebook Server 1 Type"), "not set");
}

/* --- what others set --- */

/* An older name may stand for two settings: both are somebody else's then. */
static void a_name_for_two_settings_touches_both(void **state)
{
	struct world *w = *state;
	static const char older[] = "ExternalManager Server Certificate Verify Mode";
	administrator(older, "Off");
	assert_string_equal(value(w, "Provisioning TlsVerify"), "Off");
	assert_string_equal(value(w, "HttpFeedback TlsVerify"), "Off");
	set(w, older, "Off"); /* now it is somebody else's */
	assert_window(WINDOW_CLOSED);
	assert_int_equal(times_logged(w, "nothing of the change by user of the terminal is left"), 1);
	assert_string_equal(value(w, "HttpFeedback TlsVerify"), "Off");
}

static void a_secret_is_not_shown(void **state)
{
	struct world *w = *state;
	static const char path[] = "Provisioning Password";
	struct confirmation_request r = { .minutes = 60, .who = { .by = AUDIT_BY_PERSON, .uid = 0 } };
	struct settings_pair p = { path, "second secret", SETTINGS_FROM_TERMINAL };
	struct doc *result = doc_new("Result");
	struct buf shown;
	struct err e;
	set(w, path, "first secret");
	assert_int_equal(confirmation_configure(confirmation, &r, &p, 1, result, &e), 0);
	assert_string_equal(doc_text(result, "Window/Before[1]", ""), "Provisioning Password: ***");
	buf_init(&shown, 10000);
	doc_print_xml(result, 0, &shown);
	assert_null(strstr(buf_str(&shown), "secret"));
	buf_done(&shown);
	doc_free(result);
	assert_int_equal(confirmation_take_back(confirmation, &r.who, NULL, &e), 0);
	assert_string_equal(held(w, path), "Terminal first secret");
}

/* A closed window does not wake the device each second. */
static void a_closed_one_is_quiet(void **state)
{
	struct world *w = *state;
	accept_event(w, REVOKE);
	accept_event(w, "");
	loop_sim_advance(w->loop, 1000);
	assert_window(WINDOW_CLOSED);
	assert_in_range(loop_timer_left(confirmation->timer), 1001, MINUTE);
	pass(w, HOUR);
	assert_false(loop_timer_armed(confirmation->timer));
	char path[100];
	snprintf(path, sizeof path, "%s/window", w->folder);
	assert_int_equal(access(path, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_managers_acceptance_confirms),
		TEST(an_event_of_before_confirms_nothing),
		TEST(not_accepted_it_is_taken_back_exactly),
		TEST(what_cuts_nobody_off_waits_for_nothing),
		TEST(another_log_in_waits_and_a_move_does_not),
		TEST(the_manager_opens_one_an_hour),
		TEST(an_administrators_ends_a_managers),
		TEST(an_administrators_that_is_refused_ends_nothing),
		TEST(starts_within_it),
		TEST(the_first_event_of_a_new_process_confirms),
		TEST(other_name_servers_need_another_connection),
		TEST(the_managers_commands_wait_for_its_window),
		TEST(another_log_server_waits),
		TEST(a_full_disk_when_the_time_is_over),
		TEST(a_name_for_two_settings_touches_both),
		TEST(a_secret_is_not_shown),
		TEST(a_closed_one_is_quiet),
	};
	return cmocka_run_group_tests_name("confirmation", tests, NULL, NULL);
}
