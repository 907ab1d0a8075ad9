/* SPDX-License-Identifier: MIT */
/* Who may do what: the role that each command, word and line needs, written by hand and looked at by a
 * person, and not computed from the tables that it tests. A new row needs a line here. */
#include "world_terminal.h"

#include "../../src/control/control_internal.h"
#include "../../src/control/peer.h"
#include "../../src/command/tree.h"
#include "command/verbs.h"

#include <grp.h>

enum { U = ROLE_USER, P = ROLE_PUBLISHER, A = ROLE_ADMIN, W = ROLE_WEB };

struct needed {
	const char *path;
	unsigned role;
	int takes_body;
};

static const struct needed commands[] = {
	{ "Boot", A, 0 },
	{ "Configuration Apply", A, 1 },
	{ "Configuration Confirm", A, 0 },
	{ "Configuration Diff", U, 0 },
	{ "Configuration Origin Get", U, 0 },
	{ "Configuration Reset", A, 0 },
	{ "Configuration Try", A, 1 },
	{ "CorpDirSearch", U, 0 },
	{ "Diagnostics Connection", A, 0 },
	{ "Diagnostics Services", A, 0 },
	{ "FeedbackDeregister", A, 0 },
	{ "FeedbackRegister", A, 0 },
	{ "HttpFeedback DeadLetters List", A, 0 },
	{ "HttpFeedback DeadLetters Purge", A, 0 },
	{ "HttpFeedback DeadLetters Replay", A, 0 },
	{ "HttpFeedback DeadLetters Show", A, 0 },
	{ "HttpFeedback Deregister", A, 0 },
	{ "HttpFeedback Enable", A, 0 },
	{ "HttpFeedback Queue List", A, 0 },
	{ "HttpFeedback Queue Purge", A, 0 },
	{ "HttpFeedback Queue Replay", A, 0 },
	{ "HttpFeedback Queue Show", A, 0 },
	{ "HttpFeedback Register", A, 0 },
	{ "HttpFeedback Test", A, 0 },
	{ "Logging Show", A, 0 },
	{ "Network DNS Flush", A, 0 },
	{ "Phonebook Search", U, 0 },
	{ "Provisioning StartProvisioning", A, 0 },
	{ "Security Audit Show", A, 0 },
	{ "Security Certificates CA Add", A, 1 },
	{ "Security Certificates CA Delete", A, 0 },
	{ "Security Certificates CA Restore", A, 0 },
	{ "Security Certificates CA Show", U, 0 },
	{ "Security Certificates CA Upload", A, 1 },
	{ "Security Certificates CRL Add", A, 1 },
	{ "Security Certificates CRL Delete", A, 0 },
	{ "Security Certificates CRL Show", U, 0 },
	{ "Security Certificates CSR Create", A, 0 },
	{ "Security Certificates CSR Delete", A, 0 },
	{ "Security Certificates CSR Link", A, 1 },
	{ "Security Certificates CSR List", U, 0 },
	{ "Security Certificates CSR Show", U, 0 },
	{ "Security Certificates Fetch", A, 0 },
	{ "Security Certificates Services Activate", A, 0 },
	{ "Security Certificates Services Add", A, 1 },
	{ "Security Certificates Services Backup", A, 0 },
	{ "Security Certificates Services CSR Create", A, 0 },
	{ "Security Certificates Services CSR Delete", A, 0 },
	{ "Security Certificates Services CSR Link", A, 1 },
	{ "Security Certificates Services CSR List", U, 0 },
	{ "Security Certificates Services CSR Show", U, 0 },
	{ "Security Certificates Services Deactivate", A, 0 },
	{ "Security Certificates Services Delete", A, 0 },
	{ "Security Certificates Services SelfSigned Create", A, 0 },
	{ "Security Certificates Services Show", U, 0 },
	{ "Security Certificates Services Unlock", A, 0 },
	{ "Security Enforce", A, 0 },
	{ "Security Readiness Show", U, 0 },
	{ "Security Session List", A, 0 },
	{ "Security Session Terminate", A, 0 },
	{ "Security Verify", A, 0 },
	{ "SystemUnit AdminPassword Set", A, 0 },
	{ "SystemUnit Boot", A, 0 },
	{ "SystemUnit DateTime Get", U, 0 },
	{ "SystemUnit Software Show", U, 0 },
	{ "SystemUnit Storage Show", A, 0 },
	{ "Time DateTime Get", U, 0 },
	{ "Time Floor Reset", A, 0 },
	{ "UserManagement User Add", A, 0 },
	{ "UserManagement User Delete", A, 0 },
	{ "UserManagement User Get", A, 0 },
	{ "UserManagement User List", A, 0 },
	{ "UserManagement User Modify", A, 0 },
	{ "UserManagement User Passphrase Change", U, 0 },
	{ "UserManagement User Passphrase Set", A, 0 },
	{ "UserManagement User Unblock", A, 0 },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct needed words[] = {
	{ "bye", U | W, 0 },    { "certificate", U, 0 }, { "echo", U, 0 },      { "exit", U, 0 },
	{ "help", U, 0 },       { "pki", U, 0 },         { "logout", U, 0 },    { "quit", U, 0 },
	{ "syslog", A, 0 },     { "xCommand", U, 0 },    { "xComplete", U, 0 }, { "xConfiguration", U, 0 },
	{ "xConfigure", U, 0 }, { "xDocument", U, 0 },   { "xEvent", U, 0 },    { "xFeedback", U, 0 },
	{ "xGetxml", U, 0 },    { "xMetrics", U, 0 },    { "xLogin", W, 0 },    { "xPreferences", U | W, 0 },
	{ "xPublish", P, 0 },   { "xPutxml", U, 0 },     { "xStatus", U, 0 },   { "xWeb", W, 0 },
	{ "xWelcome", U, 0 },
};
enum { WORDS = sizeof words / sizeof *words };

/* Words that everybody may say, and what needs more behind them. */
static const struct needed lines[] = {
	{ "certificate list", U, 0 },
	{ "certificate del root", A, 0 },
	{ "certificate del cert", A, 0 },
	{ "pki list", U, 0 },
	{ "pki csr x NoSuchParameter: 1", A, 0 },
	{ "pki selfsigned x NoSuchParameter: 1", A, 0 },
	{ "xConfiguration SystemUnit Name", U, 0 },
	{ "xConfiguration SystemUnit Name: a", A, 0 },
	{ "xConfigure SystemUnit Name: a", A, 0 },
	{ "xConfiguration SystemUnit Password: a", A, 0 },
	{ "xConfiguration ExternalManager Server Certificate Verify Mode: off", A, 0 },
	{ "xConfiguration feedbackregister id:1 url:https://a.test", A, 0 },
	{ "xConfiguration feedbackderegister id:1", A, 0 },
	{ "xFeedback Register /Status", U, 0 },
	{ "xStatus", U, 0 },
	{ "xGetxml /Configuration", U, 0 },
	{ "xDocument Path: Configuration", U, 0 },
};

static int setup(void **state)
{
	*state = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

/* A session with these roles and no others. */
static int session_of(struct world *w, unsigned roles)
{
	int fd = world_connect(w);
	w->control->sessions->roles = roles;
	world_ask(w, fd, "xPreferences framing on");
	return fd;
}

static void expect(struct world *w, const char *line, const struct needed *n)
{
	static const unsigned roles[] = { U, U | P, P, U | P | A, W, 0 };
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		/* A session always may set its own framing: who has no role at all gets it with one, and
		 * loses it. */
		int fd = session_of(w, roles[i] | U);
		w->control->sessions->roles = roles[i];
		const char *said = world_ask(w, fd, line);
		int is_denied = strstr(said, "Access denied") != NULL;
		/* Each word asks for its own role first: xCommand, xConfiguration and certificate are the
		 * user's. */
		int may = (roles[i] & n->role) && (n->role & (P | W) || roles[i] & U);
		if (is_denied == may)
			fail_msg("roles %u: %s: %s", roles[i], line, said);
		if (is_denied)
			assert_int_equal(w->status, EX_NOPERM);
		close(fd);
		loop_run_for(w->loop, 2);
	}
}

/* With a parameter that none has nothing is run, and who is let in hears of it. */
static void each_command(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < COMMANDS; i++) {
		char line[200];
		snprintf(line, sizeof line, "xCommand %s NoSuchParameter: 1%s", commands[i].path,
			 commands[i].takes_body ? "\nx\n." : "");
		expect(w, line, &commands[i]);
		assert_string_equal(w->agent->registered, "");
		assert_string_equal(w->agent->uploaded, "");
	}
}

static void each_word(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < WORDS; i++) {
		char line[64];
		snprintf(line, sizeof line, "%s ?", words[i].path);
		expect(w, line, &words[i]);
	}
}

static void each_line(void **state)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		expect(*state, lines[i].path, &lines[i]);
}

static size_t place_in(const struct needed *list, size_t n, const char *path)
{
	size_t i = 0;
	while (i < n && strcmp(list[i].path, path) != 0)
		i++;
	return i;
}

/* Managers give their devices a path with a token in it. Who only reads does not see it, however he asks, and
 * neither does an administrator who wants what he may hand on. */
static void a_token_in_a_path_is_hidden(void **state)
{
	static const char token[] = "0123456789abcdef0123456789abcdef";
	static const char *const questions[] = {
		"xConfiguration Provisioning ExternalManager Path",
		"xConfiguration",
		"xConfiguration // Path ?",
		"xConfiguration // Path ??",
		"xCommand Configuration Diff",
		"xCommand Configuration Origin Get Path: //Path",
		"xGetxml /Configuration/Provisioning",
		"xDocument Path: Configuration/Provisioning",
		"xConfiguration ExternalManager Path",
	};
	struct world *w = *state;
	char line[200];
	int admin = session_of(w, U | A), user = session_of(w, U), handed_on = session_of(w, U | A);
	world_ask(w, handed_on, "xPreferences hideurls on");
	world_ask(w, user, "xFeedback register /Configuration");
	world_ask(w, handed_on, "xFeedback register /Configuration");
	snprintf(line, sizeof line, "xConfiguration Provisioning ExternalManager Path: tms/%s/x", token);
	world_ask(w, admin, line);
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		assert_non_null(strstr(world_ask(w, admin, questions[i]), token));
		const int who[] = { user, handed_on };
		for (size_t k = 0; k < 2; k++) {
			const char *said = world_ask(w, who[k], questions[i]);
			if (strstr(said, token) || !strstr(said, "tms/***/x"))
				fail_msg("%s: %s", questions[i], said);
		}
	}
	world_ask(w, handed_on, "xPreferences hideurls off");
	assert_non_null(strstr(world_ask(w, handed_on, questions[0]), token));
	close(admin);
	close(user);
	close(handed_on);
}

/* A program gives up what it does not need, and does not get it back. */
static void publishing_is_given_up(void **state)
{
	struct world *w = *state;
	static const char publication[] = "xPublish\n<Status/>\n.";
	int fd = session_of(w, U | P);
	assert_null(strstr(world_ask(w, fd, publication), "Access denied"));
	world_ask(w, fd, "xPreferences publish off");
	assert_int_equal(w->status, EX_OK);
	assert_says(w, fd, publication, "Access denied");
	world_ask(w, fd, "xPreferences publish on");
	assert_int_equal(w->status, EX_USAGE);
	assert_says(w, fd, publication, "Access denied");
	close(fd);
}

/* Nothing can be said that does not stand above, and nothing stands there twice or for nothing. */
static void the_list_is_whole(void **state)
{
	(void)state;
	const struct command_row *row;
	size_t n = 0;
	for (; (row = tree_command(n)); n++)
		if (place_in(commands, COMMANDS, row->path) == COMMANDS)
			fail_msg("xCommand %s: who may do it? Write its role into this file", row->path);
	assert_int_equal(n, COMMANDS);
	struct verb_list verbs;
	verbs_collect(&verbs, session_verbs);
	for (n = 0; n < verbs.n; n++)
		if (place_in(words, WORDS, verbs.all[n]->name) == WORDS)
			fail_msg("%s: who may say it? Write its role into this file", verbs.all[n]->name);
	assert_int_equal(n, WORDS);
}

/* Who connects is known by user and groups, as the kernel tells them. */
struct peer {
	uid_t uid;
	gid_t gid, also; /* its group, and a further one */
};

/* Lets somebody connect, and returns the roles of the session. */
static unsigned roles_of(struct world *w, const struct peer *p)
{
	gid_t own[256];
	int fds[2], n = getgroups(256, own);
	assert_true(n >= 0 && setgroups(1, &p->also) == 0 && setegid(p->gid) == 0 && seteuid(p->uid) == 0);
	int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
	assert_true(seteuid(0) == 0 && setegid(0) == 0 && setgroups((size_t)n, own) == 0);
	assert_int_equal(made, 0);
	control_adopt(w->control, fds[0]);
	unsigned roles = w->control->sessions->roles;
	close(fds[1]);
	loop_run_for(w->loop, 2);
	return roles;
}

static void roles_by_user_and_group(void **state)
{
	enum { STRANGER = 64111, ADMINS = 64201, PUBLISHERS = 64202, OTHERS = 64203, NOBODY = 65534 };
	struct world *w = *state;
	char name[PEER_NAME];
	gid_t own[256];
	int n = getgroups(256, own);
	/* only root can be somebody else, and not in every user namespace */
	if (n < 0 || setgroups((size_t)n, own) < 0)
		skip();
	w->control->admins = w->control->publishers = (gid_t)-1;
	assert_int_equal(roles_of(w, &(struct peer){ 0, 0, 0 }), U | P | A);
	/* a system without the groups: all who may open the socket publish */
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, ADMINS, PUBLISHERS }), U | P);
	w->control->admins = ADMINS;
	w->control->publishers = PUBLISHERS;
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, OTHERS, OTHERS }), U);
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, PUBLISHERS, OTHERS }), U | P);
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, OTHERS, PUBLISHERS }), U | P);
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, ADMINS, OTHERS }), U | P | A);
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, OTHERS, ADMINS }), U | P | A);
	/* the user of sealpost-web has no other role, whatever groups it is in */
	peer_name(NOBODY, name);
	if (!*name)
		return;
	w->control->web_name = mem_dup(name);
	assert_int_equal(roles_of(w, &(struct peer){ NOBODY, OTHERS, OTHERS }), W);
	assert_int_equal(roles_of(w, &(struct peer){ NOBODY, ADMINS, PUBLISHERS }), W);
	assert_int_equal(roles_of(w, &(struct peer){ STRANGER, OTHERS, OTHERS }), U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_command, setup, teardown),
		cmocka_unit_test_setup_teardown(each_word, setup, teardown),
		cmocka_unit_test_setup_teardown(each_line, setup, teardown),
		cmocka_unit_test_setup_teardown(roles_by_user_and_group, setup, teardown),
		cmocka_unit_test_setup_teardown(publishing_is_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(a_token_in_a_path_is_hidden, setup, teardown),
		cmocka_unit_test(the_list_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
