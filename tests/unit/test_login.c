/* SPDX-License-Identifier: MIT */
/* What sealpost-web says at the control socket: xLogin, by which its session becomes a person's, and xWeb
 * Get, which is answered to it alone. */
#include "world_terminal.h"

#include "../../src/control/control_internal.h"
#include "../../src/control/peer.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };

static int setup(void **state)
{
	struct world *w = world_new();
	struct err e;
	assert_int_equal(accounts_set_password(w->agent->accounts, "admin", "right", &e), 0);
	struct accounts_new op = { "op", ACCOUNTS_ROLE_USER, "other \"one\"", 0 };
	assert_int_equal(accounts_add(w->agent->accounts, &op, &e), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

/* A session as sealpost-web's user has it. */
static int web(struct world *w)
{
	int fd = world_connect(w);
	w->control->sessions->roles = ROLE_WEB;
	world_ask(w, fd, "xPreferences framing on");
	assert_int_equal(w->status, EX_OK);
	world_ask(w, fd, "xPreferences outputmode typed");
	return fd;
}

/* Returns 1 if the answer was marked as one that is wiped and not kept. */
static int is_secret(const struct world *w)
{
	return strstr(w->text + strlen(w->text) + 1, " secret\n") != NULL;
}

static void before_a_log_in_nothing_can_be_done(void **state)
{
	struct world *w = *state;
	int fd = web(w);
	static const char *const lines[] = {
		"xStatus",
		"xStatus SystemUnit Uptime",
		"xConfiguration",
		"xCommand SystemUnit Boot",
		"xGetxml /Status",
		"xDocument Path: Status",
		"xEvent",
		"xFeedback Register /Status",
		"syslog on",
		"certificate list",
		"pki list",
		"xMetrics",
		"xWelcome",
		"xPutxml\n<Configuration/>\n.",
		"xConfiguration SystemUnit Name: x",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		assert_says(w, fd, lines[i], "Access denied");
		assert_int_equal(w->status, EX_NOPERM);
	}
	assert_int_equal(w->agent->configured, 0);
	close(fd);
}

static void a_person_has_his_own_roles(void **state)
{
	struct world *w = *state;
	int fd = web(w);
	assert_says(w, fd, "xLogin Name: \"op\" Passphrase: \"wrong\" Address: \"10.0.0.1\"",
		    "\"status\":\"Error\"");
	assert_int_equal(w->status, EX_NOPERM);
	assert_says(w, fd, "xStatus", "Access denied");
	loop_sim_advance(w->loop, SECOND);
	assert_says(w, fd, "xLogin Name: \"OP\" Passphrase: \"other \\\"one\\\"\" Address: \"10.0.0.1\"",
		    "{\"LoginResult\":{\"status\":\"OK\",\"Name\":\"op\",\"Roles\":\"User\"}}");
	assert_true(is_secret(w));
	assert_says(w, fd, "xStatus SystemUnit Uptime", "42");
	assert_false(is_secret(w));
	assert_says(w, fd, "xConfiguration SystemUnit Name: x", "Access denied");
	assert_says(w, fd, "xPublish\n<Status/>\n.", "Access denied");
	assert_says(w, fd, "xWeb Get Generation: 0", "Access denied");
	assert_says(w, fd, "xLogin Name: op Passphrase: x Address: 10.0.0.1", "Access denied");
	int other = web(w);
	assert_says(w, other, "xLogin Name: admin Passphrase: right Address: ::1",
		    "{\"LoginResult\":{\"status\":\"OK\",\"Name\":\"admin\",\"Roles\":\"Admin User\"}}");
	assert_says(w, other, "xConfiguration SystemUnit Name: x", "{\n}\n");
	assert_int_equal(w->status, EX_OK);
	assert_says(w, other, "xPublish\n<Status/>\n.", "Access denied");
	assert_says(w, other, "xWeb Get Generation: 0", "Access denied");
	assert_says(
		w, other,
		"xCommand Security Certificates Services Backup Fingerprint: x Password: \"twelve letters\"",
		"at the device's own terminal only");
	assert_int_equal(w->status, EX_NOPERM);
	/* With the connections, the sessions end. */
	struct accounts_session_info info;
	assert_int_equal(accounts_session_at(w->agent->accounts, 1, &info), 0);
	assert_string_equal(info.name, "admin");
	assert_string_equal(info.address, "::1");
	close(fd);
	close(other);
	loop_run_for(w->loop, 5);
	assert_int_equal(accounts_session_at(w->agent->accounts, 0, &info), -1);
}

/* From now on sealpost-web runs as the user of this process. */
static void is_web(struct world *w)
{
	char name[PEER_NAME];
	peer_name(geteuid(), name);
	if (!*name)
		skip();
	free(w->control->web_name);
	w->control->web_name = mem_dup(name);
}

/* In a lab, sealpost-web runs as the agent's own user, who may do all until somebody logs in. */
static void in_a_lab_the_user_is_the_agents_own(void **state)
{
	struct world *w = *state;
	is_web(w);
	int fd = world_framed(w);
	assert_says(w, fd, "xStatus SystemUnit Uptime", "42");
	assert_says(w, fd, "xWeb Get Generation: 0", "Generation: ");
	assert_says(w, fd, "xLogin Name: op Passphrase: \"other \\\"one\\\"\" Address: 10.0.0.1",
		    "Roles: \"User\"");
	assert_says(w, fd, "xConfiguration SystemUnit Name: x", "Access denied");
	assert_says(w, fd, "xWeb Get Generation: 0", "Access denied");
	close(fd);
}

/* The package with the program, and its user, may be installed or removed while the agent runs; afterwards
 * another user may have that number. */
static void the_user_may_come_and_go(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_says(w, fd, "xWeb Get Generation: 0", "Access denied");
	close(fd);
	is_web(w);
	fd = world_framed(w);
	assert_says(w, fd, "xWeb Get Generation: 0", "Generation: ");
	close(fd);
	w->control->web_name[0] ^= 1;
	fd = world_framed(w);
	assert_says(w, fd, "xWeb Get Generation: 0", "Access denied");
	close(fd);
}

static void what_is_no_log_in_is_refused(void **state)
{
	struct world *w = *state;
	int fd = web(w);
	static const char *const lines[] = {
		"xLogin",
		"xLogin Name: admin Passphrase: right",
		"xLogin Name: admin Passphrase: right Address: here",
		"xLogin Name: admin Passphrase: right Address: 10.0.0.1 Name: op",
		"xLogin Name: admin Passphrase: right Address: 10.0.0.1 Role: Admin",
		"xLogin admin right 10.0.0.1",
		"xWeb",
		"xWeb Get",
		"xWeb Get Generation: -1",
		"xWeb Get Generation: 1 Generation: 2",
		"xWeb Set Generation: 1",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		assert_says(w, fd, lines[i], "usage: ");
		assert_int_equal(w->status, EX_USAGE);
	}
	close(fd);
}

/* A client that hangs up while its password is checked leaves nothing behind. */
static void hanging_up_is_no_harm(void **state)
{
	struct world *w = *state;
	struct accounts_session_info info;
	for (int i = 0; i < 3; i++) {
		int fd = web(w);
		world_say(w, fd, "xLogin Name: admin Passphrase: right Address: 10.0.0.1\n");
		loop_run_for(w->loop, i);
		close(fd);
		loop_run_for(w->loop, 2);
		loop_sim_advance(w->loop, 2 * SECOND);
	}
	loop_run_for(w->loop, 300);
	assert_int_equal(accounts_session_at(w->agent->accounts, 0, &info), -1);
	assert_null(w->control->sessions);
}

static void a_session_can_be_ended_from_outside(void **state)
{
	struct world *w = *state;
	struct accounts_session_info info;
	struct err e;
	int fd = web(w);
	world_ask(w, fd, "xLogin Name: op Passphrase: \"other \\\"one\\\"\" Address: 10.0.0.1");
	assert_int_equal(accounts_session_at(w->agent->accounts, 0, &info), 0);
	assert_int_equal(accounts_session_terminate(w->agent->accounts, info.id, &e), 0);
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_string_equal(w->text, "\036.69\n"); /* the agent itself goes on */
	close(fd);
	assert_int_equal(accounts_session_at(w->agent->accounts, 0, &info), -1);
}

static void on(struct world *w, const char *path, const char *value)
{
	struct err e;
	if (agent_configure(w->agent, &(struct settings_pair){ .path = path, .value = value }, 1, &e) < 0)
		fail_msg("%s", e.text);
}

static void idle_sessions_end(void **state)
{
	struct world *w = *state;
	int fd = web(w), waits = web(w);
	on(w, "Security Session InactivityTimeout", "5");
	char line[80];
	snprintf(line, sizeof line, "xWeb Get Generation: %lld\n",
		 (long long)inbound_generation(w->agent->inbound));
	world_say(w, waits, line);
	world_ask(w, fd, "xLogin Name: admin Passphrase: right Address: 10.0.0.1");
	loop_sim_advance(w->loop, 5 * MINUTE + SECOND);
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_string_equal(w->text, "\036.69\n");
	assert_int_equal(world_read(w, waits, NULL), 0); /* whoever waits for an answer is not idle */
	close(fd);
	close(waits);
}

static void settings_are_waited_for(void **state)
{
	struct world *w = *state;
	int fd = web(w);
	/* The fake agent has no file by which sealpost-web is started, so its Mode is Off in any case. */
	assert_says(w, fd, "xWeb Get Generation: 0", "\"Mode\":\"Off\"}");
	assert_null(strstr(w->text, "PRIVATE"));
	assert_true(is_secret(w));
	int64_t known = strtoll(strstr(w->text, "Generation\":") + 12, NULL, 10);
	char line[80];
	snprintf(line, sizeof line, "xWeb Get Generation: %lld\n", (long long)known);
	world_say(w, fd, line);
	assert_int_equal(world_read(w, fd, NULL), 0);
	assert_string_equal(w->text, ""); /* nothing has changed yet */
	on(w, "NetworkServices HTTPS Mode", "On");
	assert_int_equal(world_read(w, fd, NULL), 0);
	assert_string_equal(w->text, "");
	close(fd); /* while it waits */
	loop_run_for(w->loop, 5);
	assert_null(w->control->sessions);
}

static void its_sessions_take_no_place_from_others(void **state)
{
	struct world *w = *state;
	enum { MANY = 100, FULL = CONTROL_SESSIONS_MAX }; /* all places of others */
	int fds[MANY];
	w->control->web = 4242;
	for (int i = 0; i < MANY; i++) {
		fds[i] = world_connect(w);
		w->control->sessions->roles = ROLE_WEB;
		w->control->sessions->uid = 4242;
	}
	int others[FULL];
	for (int i = 0; i < FULL; i++)
		others[i] = world_framed(w);
	assert_says(w, others[FULL - 1], "xStatus SystemUnit Uptime", "42");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	for (int i = 0; i < FULL; i++)
		close(others[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(before_a_log_in_nothing_can_be_done, setup, teardown),
		cmocka_unit_test_setup_teardown(a_person_has_his_own_roles, setup, teardown),
		cmocka_unit_test_setup_teardown(in_a_lab_the_user_is_the_agents_own, setup, teardown),
		cmocka_unit_test_setup_teardown(the_user_may_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_log_in_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(hanging_up_is_no_harm, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_can_be_ended_from_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(idle_sessions_end, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_are_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(its_sessions_take_no_place_from_others, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
