/* SPDX-License-Identifier: MIT */
/* Accounts: names, passwords, log-ins, how many wait, lock-out, and the number of sessions. */
#include "accounts/accounts.h"
#include "base/mem.h"
#include "crypto/state_file.h"
#include "loop/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };

struct world {
	struct loop *loop;
	struct settings_db *settings;
	struct accounts *accounts;
	char folder[64];
	int answered; /* log-ins that were answered */
	struct accounts_outcome last;
};

static void open_accounts(struct world *w)
{
	struct err e;
	struct buf notice;
	buf_init(&notice, 4096);
	assert_int_equal(accounts_open(&(struct accounts_options){ .loop = w->loop,
								   .settings = w->settings,
								   .state = w->folder,
								   .notice = &notice },
				       &w->accounts, &e),
			 0);
	assert_string_equal(buf_str(&notice), "");
	buf_done(&notice);
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	snprintf(w->folder, sizeof w->folder, "/tmp/test-accounts-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	w->loop = loop_new_sim();
	w->settings = settings_new(NULL);
	open_accounts(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char path[128];
	accounts_free(w->accounts);
	settings_free(w->settings);
	loop_free(w->loop);
	static const char *const files[] = { "admin-password", "accounts" };
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static void set(struct world *w, const char *path, const char *value)
{
	struct err e;
	struct settings_change *c = settings_begin(w->settings);
	if (settings_change_set(c, path, value, &e) < 0 || settings_commit(c, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

static void add(struct world *w, const char *name, enum accounts_role role, const char *password)
{
	struct err e;
	if (accounts_add(w->accounts,
			 &(struct accounts_new){ .name = name, .role = role, .password = password }, &e) < 0)
		fail_msg("%s", e.text);
}

static void on_done(void *arg, const struct accounts_outcome *o)
{
	struct world *w = arg;
	w->answered++;
	w->last = *o;
}

static struct accounts_login *begin(struct world *w, const char *name, const char *password,
				    const char *address)
{
	return accounts_log_in(w->accounts,
			       &(struct accounts_login_request){ name, password, address, on_done, w, 0 });
}

/* Turns the loop until n more are answered. The clock stands still, so nobody waits for a second to pass. */
static void until(struct world *w, int n)
{
	int wanted = w->answered + n;
	for (int i = 0; i < 20000 && w->answered < wanted; i++)
		loop_run_for(w->loop, 1);
	assert_int_equal(w->answered, wanted);
}

static enum err_kind log_in_from(struct world *w, const char *name, const char *password, const char *address)
{
	begin(w, name, password, address);
	until(w, 1);
	return w->last.e.kind;
}

/* Each from an address of its own, so that none waits. */
static enum err_kind log_in(struct world *w, const char *name, const char *password)
{
	char address[32];
	snprintf(address, sizeof address, "10.1.%d.%d", w->answered / 250, w->answered % 250 + 1);
	return log_in_from(w, name, password, address);
}

static void without_a_password_nobody_logs_in(void **state)
{
	struct world *w = *state;
	assert_int_equal(log_in(w, "admin", ""), ERR_DENIED);
	char refusal[sizeof w->last.e.text];
	memcpy(refusal, w->last.e.text, sizeof refusal);
	add(w, "op", ACCOUNTS_ROLE_USER, "");
	assert_int_equal(log_in(w, "op", ""), ERR_DENIED);
	assert_int_equal(log_in(w, "nobody", "x"), ERR_DENIED);
	assert_string_equal(w->last.e.text, refusal); /* nobody learns which names there are */
}

static void right_and_wrong_passwords(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(accounts_set_password(w->accounts, "ADMIN", "correct horse", &e), 0);
	add(w, "Op.1@room-2", ACCOUNTS_ROLE_USER, "p\xc3\xa4ss \"w\\ord");
	assert_int_equal(log_in(w, "admin", "correct horse"), ERR_NONE);
	assert_int_equal(w->last.roles, ACCOUNTS_ROLE_ADMIN | ACCOUNTS_ROLE_USER);
	assert_int_equal(log_in(w, "op.1@ROOM-2", "p\xc3\xa4ss \"w\\ord"), ERR_NONE);
	assert_int_equal(w->last.roles, ACCOUNTS_ROLE_USER);
	assert_string_equal(w->last.name, "Op.1@room-2");
	assert_int_equal(log_in(w, "admin", "correct horsE"), ERR_DENIED);
	assert_int_equal(log_in(w, "admin", "correct horse "), ERR_DENIED);
	assert_int_equal(log_in(w, "Op.1@room-2", "correct horse"), ERR_DENIED);
	assert_string_equal(w->last.name, "");
	assert_int_equal(w->last.roles, 0);
	/* A name that is too long is not cut to one that exists. */
	char name[200];
	snprintf(name, sizeof name, "%0*d", ACCOUNTS_NAME_MAX, 0);
	add(w, name, ACCOUNTS_ROLE_USER, "long name");
	assert_int_equal(log_in(w, name, "long name"), ERR_NONE);
	snprintf(name, sizeof name, "%0*d", ACCOUNTS_NAME_MAX + 1, 0);
	assert_int_equal(log_in(w, name, "long name"), ERR_DENIED);
}

static void accounts_survive_a_restart(void **state)
{
	struct world *w = *state;
	struct err e;
	struct accounts_info info;
	assert_int_equal(accounts_set_password(w->accounts, "admin", "correct horse", &e), 0);
	add(w, "zoe", ACCOUNTS_ROLE_ADMIN, "battery staple");
	add(w, "Ben", ACCOUNTS_ROLE_USER, "");
	accounts_free(w->accounts);
	open_accounts(w);
	static const char *const names[] = { "admin", "Ben", "zoe" };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(accounts_at(w->accounts, i, &info), 0);
		assert_string_equal(info.name, names[i]);
		assert_int_equal(info.has_password, i != 1);
	}
	assert_int_equal(accounts_at(w->accounts, 3, &info), -1);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_NONE);
	assert_int_equal(log_in(w, "admin", "correct horse"), ERR_NONE);
	assert_int_equal(accounts_delete(w->accounts, "zoe", &e), 0);
	assert_int_equal(accounts_set_password(w->accounts, "admin", "", &e), 0);
	accounts_free(w->accounts);
	open_accounts(w);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_DENIED);
	assert_int_equal(log_in(w, "admin", "correct horse"), ERR_DENIED);
}

static void who_is_not_active_is_not_let_in(void **state)
{
	struct world *w = *state;
	struct err e;
	struct accounts_info info;
	struct accounts_change c = { .name = "zoe", .state = ACCOUNTS_STATE_INACTIVE };
	add(w, "zoe", ACCOUNTS_ROLE_ADMIN, "battery staple");
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_NONE);
	assert_int_equal(accounts_modify(w->accounts, &c, &e), 0);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_DENIED);
	accounts_free(w->accounts);
	open_accounts(w);
	assert_int_equal(accounts_find(w->accounts, "ZOE", &info, &e), 0);
	assert_int_equal(info.is_inactive, 1);
	assert_int_equal(info.roles, ACCOUNTS_ROLE_ADMIN | ACCOUNTS_ROLE_USER);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_DENIED);
	c = (struct accounts_change){ .name = "zoe",
				      .role = ACCOUNTS_ROLE_USER,
				      .state = ACCOUNTS_STATE_ACTIVE };
	assert_int_equal(accounts_modify(w->accounts, &c, &e), 0);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_NONE);
	assert_int_equal(w->last.roles, ACCOUNTS_ROLE_USER);
	/* admin is the way back in, and nobody else is made up. */
	c = (struct accounts_change){ .name = "admin", .state = ACCOUNTS_STATE_INACTIVE };
	assert_int_equal(accounts_modify(w->accounts, &c, &e), -1);
	assert_int_equal(e.kind, ERR_DENIED);
	c = (struct accounts_change){ .name = "admin", .role = ACCOUNTS_ROLE_USER };
	assert_int_equal(accounts_modify(w->accounts, &c, &e), -1);
	assert_int_equal(e.kind, ERR_DENIED);
	c.name = "nobody";
	assert_int_equal(accounts_modify(w->accounts, &c, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

static void what_cannot_be_is_refused(void **state)
{
	struct world *w = *state;
	struct err e;
	static const char *const names[] = { "", "a b", "a:b", "a\"", "\xc3\xa4", "a\n" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct accounts_new n = { .name = names[i], .role = ACCOUNTS_ROLE_USER, .password = "x" };
		assert_int_equal(accounts_add(w->accounts, &n, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	struct accounts_new twice = { .name = "Admin", .role = ACCOUNTS_ROLE_USER, .password = "x" };
	assert_int_equal(accounts_add(w->accounts, &twice, &e), -1);
	assert_int_equal(e.kind, ERR_EXISTS);
	assert_int_equal(accounts_delete(w->accounts, "admin", &e), -1);
	assert_int_equal(e.kind, ERR_DENIED);
	assert_int_equal(accounts_delete(w->accounts, "nobody", &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	char long_one[ACCOUNTS_PASSWORD_MAX + 2];
	memset(long_one, 'x', sizeof long_one - 1);
	long_one[sizeof long_one - 1] = '\0';
	assert_int_equal(accounts_set_password(w->accounts, "admin", long_one, &e), -1);
	assert_int_equal(accounts_set_password(w->accounts, "admin", long_one + 1, &e), 0);
	assert_int_equal(accounts_set_password(w->accounts, "admin", "***", &e), -1);
	assert_non_null(strstr(e.text, "*** stands for a password that is not shown"));
	set(w, "SystemUnit StrictPassword", "On");
	struct accounts_new weak = { .name = "op", .role = ACCOUNTS_ROLE_USER, .password = "fourteen chars" };
	assert_int_equal(accounts_add(w->accounts, &weak, &e), -1);
	assert_non_null(strstr(e.text, "at least 15 characters"));
	for (int i = 1; i < ACCOUNTS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "u%d", i);
		add(w, name, ACCOUNTS_ROLE_USER, "");
	}
	struct accounts_new many = { .name = "op", .role = ACCOUNTS_ROLE_USER, .password = "" };
	assert_int_equal(accounts_add(w->accounts, &many, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
}

/* A change that is refused, since it cannot be stored, changes nothing. */
static void what_cannot_be_stored_does_not_hold(void **state)
{
	struct world *w = *state;
	struct err e;
	struct accounts_info info;
	char path[128];
	add(w, "zoe", ACCOUNTS_ROLE_USER, "battery staple");
	snprintf(path, sizeof path, "%s/accounts", w->folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0); /* no file takes the place of a folder */
	struct accounts_new n = { .name = "ben", .role = ACCOUNTS_ROLE_USER, .password = "x" };
	struct accounts_change c = { .name = "zoe", .role = ACCOUNTS_ROLE_ADMIN };
	assert_int_equal(accounts_add(w->accounts, &n, &e), -1);
	assert_int_equal(accounts_modify(w->accounts, &c, &e), -1);
	assert_int_equal(accounts_set_password(w->accounts, "zoe", "another one", &e), -1);
	assert_int_equal(accounts_delete(w->accounts, "zoe", &e), -1);
	assert_int_equal(accounts_find(w->accounts, "ben", &info, &e), -1);
	assert_int_equal(log_in(w, "zoe", "another one"), ERR_DENIED);
	assert_int_equal(log_in(w, "zoe", "battery staple"), ERR_NONE);
	assert_int_equal(w->last.roles, ACCOUNTS_ROLE_USER);
	assert_int_equal(rmdir(path), 0);
}

/* Who is made later under the name of a user that was deleted gets nothing of that user. */
static void a_deleted_user_is_not_remembered(void **state)
{
	struct world *w = *state;
	struct err e;
	add(w, "zoe", ACCOUNTS_ROLE_USER, "battery staple");
	assert_int_equal(log_in_from(w, "zoe", "battery staple", "10.0.0.1"), ERR_NONE);
	assert_int_equal(accounts_delete(w->accounts, "zoe", &e), 0);
	add(w, "zoe", ACCOUNTS_ROLE_ADMIN, "another one");
	assert_int_equal(log_in_from(w, "zoe", "battery staple", "10.0.0.1"), ERR_DENIED);
}

static void a_damaged_line_lets_nobody_in(void **state)
{
	struct world *w = *state;
	static const char text[] = "op Root $scrypt$ln=14,r=8,p=1$\n\n op User -\nop User -\nop Admin -\n"
				   "zoe Admin - asleep\na:b Admin -\n";
	accounts_free(w->accounts);
	struct err e;
	struct buf notice;
	/* a file that is whole, with lines that no version writes */
	struct buf body;
	buf_init(&body, 1024);
	buf_adds(&body, text);
	assert_int_equal(state_file_save(w->folder, "accounts", &body, &e), 0);
	buf_done(&body);
	buf_init(&notice, 4096);
	struct accounts_options o = {
		.loop = w->loop, .settings = w->settings, .state = w->folder, .notice = &notice
	};
	assert_int_equal(accounts_open(&o, &w->accounts, &e), 0);
	assert_non_null(strstr(buf_str(&notice), "a line was left out"));
	buf_done(&notice);
	struct accounts_info info;
	assert_int_equal(accounts_find(w->accounts, "op", &info, &e), 0);
	assert_int_equal(info.roles, ACCOUNTS_ROLE_USER);
	assert_int_equal(accounts_at(w->accounts, 2, &info), -1);
	/* A version that knows more users has written it. */
	accounts_free(w->accounts);
	buf_init(&body, 16 << 10);
	for (int i = 0; i <= ACCOUNTS_MAX; i++)
		buf_addf(&body, "u%d User -\n", i);
	assert_int_equal(state_file_save(w->folder, "accounts", &body, &e), 0);
	buf_done(&body);
	o.notice = NULL;
	assert_int_equal(accounts_open(&o, &w->accounts, &e), 0);
	assert_int_equal(accounts_at(w->accounts, ACCOUNTS_MAX - 1, &info), 0);
	assert_int_equal(accounts_at(w->accounts, ACCOUNTS_MAX, &info), -1);
}

/* --- how often --- */

static void wrong_ones_wait_for_a_second(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	assert_int_equal(log_in_from(w, "admin", "wrong", "10.0.0.1"), ERR_DENIED);
	begin(w, "admin", "right", "10.0.0.1");
	loop_run_for(w->loop, 300);
	assert_int_equal(w->answered, 1); /* the right one waits, too: nobody knows yet that it is right */
	begin(w, "admin", "right", "10.0.0.2");
	until(w, 1); /* another address does not wait for it */
	assert_int_equal(w->last.e.kind, ERR_NONE);
	loop_sim_advance(w->loop, SECOND);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_NONE);
	/* After a right one the next is checked at once. */
	assert_int_equal(log_in_from(w, "admin", "wrong", "10.0.0.1"), ERR_DENIED);
	/* All addresses of one network of IPv6 are one place. */
	assert_int_equal(log_in_from(w, "admin", "wrong", "2001:db8::1"), ERR_DENIED);
	begin(w, "admin", "wrong", "2001:db8::ffff:0:0:2");
	loop_run_for(w->loop, 300);
	assert_int_equal(w->answered, 5);
	loop_sim_advance(w->loop, SECOND);
	until(w, 1);
}

static void thirty_wait_and_no_more(void **state)
{
	struct world *w = *state;
	struct err e;
	struct accounts_login *waiting[31];
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	assert_int_equal(log_in_from(w, "admin", "wrong", "10.0.0.1"), ERR_DENIED);
	for (int i = 0; i < 30; i++)
		waiting[i] = begin(w, "admin", "wrong", "10.0.0.1");
	waiting[30] = begin(w, "admin", "right", "10.0.0.1");
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_FULL);
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.9"), ERR_NONE);
	for (int i = 0; i < 30; i += 2)
		accounts_log_in_cancel(waiting[i]);
	loop_run_for(w->loop, 5);
	int before = w->answered;
	loop_sim_advance(w->loop, SECOND);
	until(w, 1);
	loop_run_for(w->loop, 50);
	assert_int_equal(w->answered, before + 1);
	for (int i = 3; i < 30; i += 2)
		accounts_log_in_cancel(waiting[i]);
}

/* 200 wait in all, whichever their addresses. */
static void two_hundred_wait_and_no_more(void **state)
{
	enum { ALL = 200 };
	struct world *w = *state;
	struct accounts_login *waiting[ALL + 1];
	char address[32];
	for (int i = 0; i <= ALL; i++) { /* the first is checked, the others wait */
		snprintf(address, sizeof address, "10.3.0.%d", i / 20 + 1);
		waiting[i] = begin(w, "admin", "wrong", address);
	}
	begin(w, "admin", "wrong", "10.4.0.1");
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_FULL);
	for (int i = 0; i <= ALL; i++)
		accounts_log_in_cancel(waiting[i]);
}

/* Nobody gets rid of the second after a wrong password by wrong ones from many other addresses. */
static void many_addresses_do_not_help(void **state)
{
	enum { WRONG = 60, SOURCES = 256 };
	struct world *w = *state;
	struct accounts_login *waiting[SOURCES];
	char address[32];
	for (int i = 0; i < WRONG; i++) {
		snprintf(address, sizeof address, "10.5.0.%d", i + 1);
		assert_int_equal(log_in_from(w, "admin", "wrong", address), ERR_DENIED);
	}
	for (int i = WRONG; i < SOURCES; i++) {
		snprintf(address, sizeof address, "10.6.%d.1", i);
		waiting[i] = begin(w, "admin", "wrong", address);
	}
	begin(w, "admin", "wrong", "10.7.0.1");
	loop_run_for(w->loop, 1);
	assert_int_equal(w->last.e.kind, ERR_FULL);
	for (int i = WRONG; i < SOURCES; i++)
		accounts_log_in_cancel(waiting[i]);
}

/* A password that was right when it was given, and is not when it has been checked. */
static void a_password_changed_meanwhile(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	begin(w, "admin", "right", "10.0.0.1");
	assert_int_equal(accounts_set_password(w->accounts, "admin", "other", &e), 0);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_DENIED);
	add(w, "op", ACCOUNTS_ROLE_USER, "mine");
	begin(w, "op", "mine", "10.0.0.2");
	assert_int_equal(accounts_delete(w->accounts, "op", &e), 0);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_DENIED);
}

/* A right password whose outcome is known already, but not told yet. */
static void an_account_changed_at_the_last_moment(void **state)
{
	struct world *w = *state;
	struct err e;
	add(w, "op", ACCOUNTS_ROLE_ADMIN, "mine");
	assert_int_equal(log_in_from(w, "op", "mine", "10.0.0.1"), ERR_NONE);
	begin(w, "op", "mine", "10.0.0.1"); /* is remembered, so it needs no check */
	struct accounts_change demoted = { .name = "op", .role = ACCOUNTS_ROLE_USER };
	assert_int_equal(accounts_modify(w->accounts, &demoted, &e), 0);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_NONE);
	assert_int_equal(w->last.roles, ACCOUNTS_ROLE_USER);
	assert_int_equal(log_in_from(w, "op", "mine", "10.0.0.1"), ERR_NONE);
	begin(w, "op", "mine", "10.0.0.1");
	assert_int_equal(accounts_set_password(w->accounts, "op", "other", &e), 0);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_DENIED);
	assert_int_equal(log_in_from(w, "op", "other", "10.0.0.1"), ERR_NONE);
	begin(w, "op", "other", "10.0.0.1");
	assert_int_equal(accounts_delete(w->accounts, "op", &e), 0);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_DENIED);
}

/* Whoever hangs up while his password is checked gains no further guess by it. */
static void hanging_up_does_not_help(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	accounts_log_in_cancel(begin(w, "admin", "wrong", "10.0.0.1"));
	begin(w, "admin", "wrong", "10.0.0.1");
	loop_run_for(w->loop, 500);
	assert_int_equal(w->answered, 0);
	/* The second begins when the first one was checked, which takes longer under an emulator. */
	for (int i = 0; i < 100 && !w->answered; i++) {
		loop_sim_advance(w->loop, SECOND);
		loop_run_for(w->loop, 100);
	}
	assert_int_equal(w->answered, 1);
}

/* A log-in that succeeds ends the row of failed ones, also if its password is remembered. */
static void a_remembered_one_ends_the_row_of_failures(void **state)
{
	struct world *w = *state;
	set(w, "Security Session MaxFailedLogins", "2");
	add(w, "op", ACCOUNTS_ROLE_USER, "mine");
	assert_int_equal(log_in_from(w, "op", "mine", "10.0.0.1"), ERR_NONE);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(log_in(w, "op", "wrong"), ERR_DENIED);
		assert_int_equal(log_in_from(w, "op", "mine", "10.0.0.1"), ERR_NONE);
	}
	assert_int_equal(log_in(w, "op", "wrong"), ERR_DENIED);
	assert_int_equal(log_in(w, "op", "wrong"), ERR_DENIED);
	assert_int_equal(log_in_from(w, "op", "mine", "10.0.0.1"), ERR_DENIED); /* locked */
}

static void a_good_one_is_remembered(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.1"), ERR_NONE);
	assert_int_equal(log_in_from(w, "admin", "wrong", "10.0.0.1"), ERR_DENIED);
	/* It does not wait for the second after the wrong one, since it needs no check; from another address
	 * it does. */
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.1"), ERR_NONE);
	assert_int_equal(log_in_from(w, "admin", "wrong", "10.0.0.2"), ERR_DENIED);
	begin(w, "admin", "right", "10.0.0.2");
	loop_run_for(w->loop, 300);
	assert_int_equal(w->answered, 4);
	loop_sim_advance(w->loop, SECOND);
	until(w, 1);
	loop_sim_advance(w->loop, 5 * MINUTE + 1);
	begin(w, "admin", "wrong", "10.0.0.1");
	begin(w, "admin", "right", "10.0.0.1");
	until(w, 1);
	loop_run_for(w->loop, 300);
	assert_int_equal(w->answered, 6); /* it is not remembered any more */
	loop_sim_advance(w->loop, SECOND);
	until(w, 1);
	assert_int_equal(w->last.e.kind, ERR_NONE);
	/* A new password ends that. */
	assert_int_equal(accounts_set_password(w->accounts, "admin", "other", &e), 0);
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.1"), ERR_DENIED);
	loop_sim_advance(w->loop, SECOND);
	assert_int_equal(log_in_from(w, "admin", "other", "10.0.0.1"), ERR_NONE);
}

static void too_many_failures_lock_the_user(void **state)
{
	struct world *w = *state;
	struct err e;
	struct accounts_info info;
	set(w, "Security Session MaxFailedLogins", "3");
	assert_int_equal(accounts_set_password(w->accounts, "admin", "right", &e), 0);
	add(w, "op", ACCOUNTS_ROLE_USER, "other");
	for (int i = 0; i < 2; i++)
		assert_int_equal(log_in(w, "admin", "wrong"), ERR_DENIED);
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.1"), ERR_NONE); /* the count begins anew */
	for (int i = 0; i < 3; i++)
		assert_int_equal(log_in(w, "admin", "wrong"), ERR_DENIED);
	assert_int_equal(accounts_find(w->accounts, "admin", &info, &e), 0);
	assert_int_equal(info.locked_s, 3600);
	assert_int_equal(log_in(w, "admin", "right"), ERR_DENIED);
	assert_int_equal(log_in_from(w, "admin", "right", "10.0.0.1"),
			 ERR_DENIED); /* nor by being remembered */
	assert_int_equal(log_in(w, "op", "other"), ERR_NONE);
	loop_sim_advance(w->loop, 60 * MINUTE + 1);
	for (int i = 0; i < 2; i++) /* the count begins anew here, too */
		assert_int_equal(log_in(w, "admin", "wrong"), ERR_DENIED);
	assert_int_equal(log_in(w, "admin", "right"), ERR_NONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(log_in(w, "admin", "wrong"), ERR_DENIED);
	assert_int_equal(log_in(w, "admin", "right"), ERR_DENIED);
	assert_int_equal(accounts_unlock(w->accounts, "admin", &e), 0);
	assert_int_equal(log_in(w, "admin", "right"), ERR_NONE);
	/* By default, nothing locks. */
	set(w, "Security Session MaxFailedLogins", "0");
	for (int i = 0; i < 12; i++)
		assert_int_equal(log_in(w, "admin", "wrong"), ERR_DENIED);
	assert_int_equal(log_in(w, "admin", "right"), ERR_NONE);
}

/* --- sessions --- */

struct person {
	struct accounts_session *session;
	int64_t idle_ms;
	char why[200];
};

static int64_t idle_of(void *arg)
{
	return ((struct person *)arg)->idle_ms;
}

static void end_person(void *arg, const char *why)
{
	struct person *p = arg;
	snprintf(p->why, sizeof p->why, "%s", why);
	accounts_session_end(p->session);
	p->session = NULL;
}

static int come(struct world *w, const char *name, struct person *p, struct err *e)
{
	struct accounts_session_request r = { .name = name,
					      .address = "10.0.0.1",
					      .roles = ACCOUNTS_ROLE_USER,
					      .idle_ms = idle_of,
					      .end = end_person,
					      .arg = p };
	*p = (struct person){ .idle_ms = 0 };
	return accounts_session_begin(w->accounts, &r, &p->session, e);
}

static void sessions_are_limited(void **state)
{
	struct world *w = *state;
	struct err e;
	struct person p[6];
	set(w, "Security Session MaxSessionsPerUser", "2");
	set(w, "Security Session MaxTotalSessions", "4");
	for (int i = 0; i < 4; i++)
		assert_int_equal(come(w, i < 2 ? "a" : "b", &p[i], &e), 0);
	assert_int_equal(come(w, "A", &p[4], &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_non_null(strstr(e.text, "MaxSessionsPerUser"));
	assert_int_equal(come(w, "c", &p[4], &e), -1);
	assert_non_null(strstr(e.text, "MaxTotalSessions"));
	/* The one that has been idle for longest makes room, unless it must not. */
	p[0].idle_ms = -1;
	p[1].idle_ms = 10 * MINUTE;
	p[2].idle_ms = 11 * MINUTE;
	assert_int_equal(come(w, "c", &p[4], &e), 0);
	assert_null(p[2].session);
	assert_non_null(strstr(p[2].why, "idle"));
	assert_int_equal(come(w, "a", &p[5], &e), 0);
	assert_null(p[1].session);
	assert_int_equal(come(w, "d", &p[1], &e), -1);
	/* They can be listed and ended. */
	struct accounts_session_info info;
	assert_int_equal(accounts_session_at(w->accounts, 1, &info), 0);
	assert_string_equal(info.name, "b");
	assert_string_equal(info.address, "10.0.0.1");
	assert_int_equal(accounts_session_terminate(w->accounts, info.id, &e), 0);
	assert_null(p[3].session);
	assert_int_equal(accounts_session_terminate(w->accounts, info.id, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	/* With the user go his sessions. */
	add(w, "c", ACCOUNTS_ROLE_USER, "x");
	assert_int_equal(accounts_set_password(w->accounts, "C", "y", &e), 0);
	assert_null(p[4].session);
	assert_non_null(p[0].session);
	accounts_session_end(p[0].session);
	accounts_session_end(p[5].session);
	assert_int_equal(accounts_session_at(w->accounts, 0, &info), -1);
}

static void who_may_less_begins_anew(void **state)
{
	struct world *w = *state;
	struct err e;
	struct person p;
	add(w, "zoe", ACCOUNTS_ROLE_USER, "x");
	assert_int_equal(come(w, "zoe", &p, &e), 0);
	struct accounts_change c = { .name = "zoe", .role = ACCOUNTS_ROLE_ADMIN };
	assert_int_equal(accounts_modify(w->accounts, &c, &e), 0);
	assert_non_null(p.session); /* more rights wait for the next log-in */
	c.role = ACCOUNTS_ROLE_USER;
	assert_int_equal(accounts_modify(w->accounts, &c, &e), 0);
	assert_null(p.session);
	assert_int_equal(come(w, "Zoe", &p, &e), 0);
	c.state = ACCOUNTS_STATE_INACTIVE;
	assert_int_equal(accounts_modify(w->accounts, &c, &e), 0);
	assert_null(p.session);
	assert_int_equal(come(w, "zoe", &p, &e), 0);
	assert_int_equal(accounts_delete(w->accounts, "zoe", &e), 0);
	assert_null(p.session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_password_nobody_logs_in, setup, teardown),
		cmocka_unit_test_setup_teardown(right_and_wrong_passwords, setup, teardown),
		cmocka_unit_test_setup_teardown(accounts_survive_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_not_active_is_not_let_in, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_stored_does_not_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(a_deleted_user_is_not_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_line_lets_nobody_in, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_ones_wait_for_a_second, setup, teardown),
		cmocka_unit_test_setup_teardown(thirty_wait_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(two_hundred_wait_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(many_addresses_do_not_help, setup, teardown),
		cmocka_unit_test_setup_teardown(a_password_changed_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(an_account_changed_at_the_last_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(hanging_up_does_not_help, setup, teardown),
		cmocka_unit_test_setup_teardown(a_remembered_one_ends_the_row_of_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(a_good_one_is_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_failures_lock_the_user, setup, teardown),
		cmocka_unit_test_setup_teardown(sessions_are_limited, setup, teardown),
		cmocka_unit_test_setup_teardown(who_may_less_begins_anew, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
