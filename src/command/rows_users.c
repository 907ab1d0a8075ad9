/* SPDX-License-Identifier: MIT */
/* rows_users: the commands UserManagement, Security Session and SystemUnit AdminPassword, about people who
 * log in from the network. */
#include "accounts/accounts.h"
#include "base/mem.h"
#include "command_rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define USERNAME                                                                                             \
	{                                                                                                    \
		"Username", SCHEMA_STR(1, ACCOUNTS_NAME_MAX), NULL, "The user's name.", PARAM_REQUIRED, 0    \
	}
#define PASSPHRASE(name, help, otherwise, needed)                                                            \
	{                                                                                                    \
		name, { .kind = SCHEMA_STRING, .min = 0, .max = 255, .flags = SCHEMA_SECRET }, otherwise,    \
			help, needed, 0                                                                      \
	}

/* As on codecs, whose scripts give it with each of these commands. */
#define YOUR_PASSPHRASE(more)                                                                                \
	PASSPHRASE("YourPassphrase", "The password of the user who gives the command. " more, NULL, 0)
#define YOUR_PASSPHRASE_NEEDED                                                                               \
	YOUR_PASSPHRASE("A user who has logged in from the network must give it, so that nobody can let "    \
			"somebody in on a page that was left open. At the device's own terminal and over "   \
			"SSH it is not needed.")
#define YOUR_PASSPHRASE_CHECKED                                                                              \
	YOUR_PASSPHRASE("It is not needed; if a user who has logged in from the network gives it, it has "   \
			"to be right.")

#define ACTIVE(help, otherwise)                                                                              \
	{                                                                                                    \
		"Active", SCHEMA_LIT("False/True"), otherwise, help, 0, 0                                    \
	}

static const struct command_param add_params[] = {
	ACTIVE("False: nobody can log in with the name yet.", "True"),
	PASSPHRASE("Passphrase", "The password; without one nobody can log in with the name yet.", "", 0),
	{ "Role", SCHEMA_LIT("Admin/User"), "User",
	  "Admin: everything; User: read the status and the settings, and search the phone book.", 0, 2 },
	USERNAME,
	YOUR_PASSPHRASE_NEEDED,
	{ .name = NULL },
};
static const struct command_param modify_params[] = {
	ACTIVE("False: nobody can log in with the name, and its sessions end. True: the user can log in "
	       "again.",
	       NULL),
	{ "AddRole", SCHEMA_LIT("Admin/User"), NULL, "A role that the user gets.", 0, 2 },
	{ "RemoveRole", SCHEMA_LIT("Admin"), NULL,
	  "A role that is taken from the user, whose sessions end. All users have the role User.", 0, 0 },
	USERNAME,
	YOUR_PASSPHRASE_NEEDED,
	{ .name = NULL },
};
static const struct command_param name_params[] = { USERNAME, { .name = NULL } };
static const struct command_param checked_name_params[] = { USERNAME,
							    YOUR_PASSPHRASE_CHECKED,
							    { .name = NULL } };
static const struct command_param admin_password_params[] = {
	PASSPHRASE("Password", "The password; empty: removes it.", NULL, PARAM_REQUIRED),
	YOUR_PASSPHRASE_NEEDED,
	{ .name = NULL },
};
static const struct command_param change_params[] = {
	{ "NewPassphrase",
	  { .kind = SCHEMA_STRING, .min = 1, .max = 255, .flags = SCHEMA_SECRET },
	  NULL,
	  "The new password.",
	  PARAM_REQUIRED,
	  0 },
	PASSPHRASE("OldPassphrase", "The password until now.", NULL, PARAM_REQUIRED),
	{ .name = NULL },
};
static const struct command_param passphrase_params[] = {
	PASSPHRASE("NewPassphrase", "The password; empty: removes it.", NULL, PARAM_REQUIRED),
	USERNAME,
	YOUR_PASSPHRASE_NEEDED,
	{ .name = NULL },
};
static const struct command_param terminate_params[] = {
	{ "SessionId", SCHEMA_INT(1, INT64_MAX), NULL, "The Id that Security Session List shows.",
	  PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

static struct accounts *accounts_of(const struct command *c)
{
	return agent_accounts(command_agent(c));
}

/* --- that the user who gives a command is still the one who has logged in --- */

/* The check of his password, and what is done if it is right. */
struct proof {
	struct accounts_login *login;
	void (*then)(struct command *c);
};

static void on_own_checked(void *arg, const struct accounts_outcome *o)
{
	struct command *c = arg;
	struct proof *proof = c->work;
	void (*then)(struct command *) = proof->then;
	struct err e = o->e;
	c->work = NULL;
	free(proof);
	if (e.kind == ERR_DENIED)
		err_set(&e, ERR_INPUT, 0, "%s is not the password of the user %s",
			command_arg(c, "OldPassphrase") ? "OldPassphrase" : "YourPassphrase", c->by.who.name);
	if (e.kind != ERR_NONE)
		command_done(c, &e);
	else if (c->row->access == ROLE_ADMIN && !(o->roles & ACCOUNTS_ROLE_ADMIN))
		command_refuse(c, EX_NOPERM,
			       "the role Admin was taken from the user while the password was checked");
	else
		then(c);
}

static void forget_check(struct command *c)
{
	struct proof *proof = c->work;
	accounts_log_in_cancel(proof->login);
	free(proof);
}

/* Checks the password of the user who gives the command, and then calls `then`. */
static void check_own(struct command *c, const char *own, void (*then)(struct command *c))
{
	struct proof *proof = mem_new(sizeof *proof);
	c->work = proof;
	c->forget = forget_check;
	proof->then = then;
	proof->login = accounts_log_in(accounts_of(c),
				       &(struct accounts_login_request){ .name = c->by.who.name,
									 .password = own,
									 .address = c->by.who.address,
									 .done = on_own_checked,
									 .arg = c,
									 .is_proof = 1 });
}

/* Calls `then`; if a person has logged in from the network, only once he has shown that nobody else uses the
 * session. */
static void when_proven(struct command *c, void (*then)(struct command *c))
{
	const char *own = command_arg(c, "YourPassphrase");
	if (!c->by.is_remote)
		then(c);
	else if (own)
		check_own(c, own, then);
	else
		command_parameter_error(c,
					"YourPassphrase: expected your own password, since you have logged "
					"in from the network");
}

/* The same, but he need not show it. */
static void when_not_disproven(struct command *c, void (*then)(struct command *c))
{
	const char *own = command_arg(c, "YourPassphrase");
	if (c->by.is_remote && own)
		check_own(c, own, then);
	else
		then(c);
}

/* --- users --- */

static void add(struct command *c)
{
	const char *roles[2];
	struct err e = { .kind = ERR_NONE };
	struct accounts_new n = { .name = command_arg(c, "Username"),
				  .role = ACCOUNTS_ROLE_USER,
				  .password = command_arg(c, "Passphrase"),
				  .is_inactive = strcmp(command_arg(c, "Active"), "False") == 0 };
	for (size_t i = 0, all = command_arg_all(c, "Role", roles, 2); i < all; i++)
		if (strcmp(roles[i], "Admin") == 0)
			n.role = ACCOUNTS_ROLE_ADMIN;
	accounts_add(accounts_of(c), &n, &e);
	command_done(c, &e);
}

static void add_run(struct command *c)
{
	when_proven(c, add);
}

static void delete (struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	accounts_delete(accounts_of(c), command_arg(c, "Username"), &e);
	command_done(c, &e);
}

static void delete_run(struct command *c)
{
	when_not_disproven(c, delete);
}

static void modify(struct command *c)
{
	const char *active = command_arg(c, "Active"), *roles[2];
	struct err e = { .kind = ERR_NONE };
	struct accounts_change change = { .name = command_arg(c, "Username") };
	if (active)
		change.state = strcmp(active, "True") == 0 ? ACCOUNTS_STATE_ACTIVE : ACCOUNTS_STATE_INACTIVE;
	for (size_t i = 0, all = command_arg_all(c, "AddRole", roles, 2); i < all; i++)
		if (strcmp(roles[i], "Admin") == 0)
			change.role = ACCOUNTS_ROLE_ADMIN;
	if (command_arg(c, "RemoveRole")) {
		if (change.role) {
			command_parameter_error(c, "AddRole and RemoveRole name the same role");
			return;
		}
		change.role = ACCOUNTS_ROLE_USER;
	}
	accounts_modify(accounts_of(c), &change, &e);
	command_done(c, &e);
}

static void modify_run(struct command *c)
{
	when_proven(c, modify);
}

static void put_role(struct doc *d, uint32_t item, const char *role)
{
	struct doc *leaf = doc_add(d, "Role", item);
	leaf->max_occurrence = DOC_UNBOUNDED;
	doc_set_value(leaf, DOC_LITERAL, role);
}

static void put_user(struct doc *d, const struct accounts_info *u)
{
	uint32_t n = 0;
	doc_add_value(d, "Active", DOC_LITERAL, u->is_inactive ? "False" : "True");
	doc_add_int(d, "FailedLogins", u->failed);
	doc_add_int(d, "LockedFor", u->locked_s);
	doc_add_value(d, "Passphrase", DOC_LITERAL, u->has_password ? "Set" : "NotSet");
	if (u->roles & ACCOUNTS_ROLE_ADMIN)
		put_role(d, ++n, "Admin");
	put_role(d, ++n, "User");
	doc_add_value(d, "Username", DOC_STRING, u->name);
}

static void get_run(struct command *c)
{
	struct accounts_info u;
	struct err e = { .kind = ERR_NONE };
	if (accounts_find(accounts_of(c), command_arg(c, "Username"), &u, &e) == 0)
		put_user(command_result(c), &u);
	command_done(c, &e);
}

static void list_run(struct command *c)
{
	struct accounts_info u;
	struct doc *result = command_result(c);
	for (size_t i = 0; accounts_at(accounts_of(c), i, &u) == 0; i++) {
		struct doc *d = doc_add(result, "User", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		put_user(d, &u);
	}
	command_done(c, NULL);
}

/* Passphrase Change names no user, since it is about the user who gives it. AdminPassword Set is about admin,
 * and calls the new password Password. */
static void set_passphrase(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	const char *name = command_arg(c, "Username"), *new = command_arg(c, "NewPassphrase");
	if (!name)
		name = new ? c->by.who.name : ACCOUNTS_ADMIN_NAME;
	accounts_set_password(accounts_of(c), name, new ? new : command_arg(c, "Password"), &e);
	command_done(c, &e);
}

static void passphrase_run(struct command *c)
{
	when_proven(c, set_passphrase);
}

static void change_run(struct command *c)
{
	if (c->by.is_remote)
		check_own(c, command_arg(c, "OldPassphrase"), set_passphrase);
	else
		command_refuse(c, EX_NOPERM,
			       "it changes the password of a user who has logged in from the network; here "
			       "xCommand UserManagement User Passphrase Set sets the password of any user");
}

static void unblock(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	accounts_unlock(accounts_of(c), command_arg(c, "Username"), &e);
	command_done(c, &e);
}

static void unblock_run(struct command *c)
{
	when_not_disproven(c, unblock);
}

/* --- sessions --- */

static void session_list_run(struct command *c)
{
	struct accounts_session_info s;
	struct doc *result = command_result(c);
	for (size_t i = 0; accounts_session_at(accounts_of(c), i, &s) == 0; i++) {
		struct doc *d = doc_add(result, "Session", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Address", DOC_STRING, s.address);
		doc_add_int(d, "Age", s.age_s);
		doc_add_int(d, "Id", s.id);
		if (s.idle_s >= 0)
			doc_add_int(d, "Idle", s.idle_s);
		doc_add_value(d, "Role", DOC_LITERAL, s.roles & ACCOUNTS_ROLE_ADMIN ? "Admin" : "User");
		doc_add_value(d, "Username", DOC_STRING, s.name);
	}
	command_done(c, NULL);
}

static void terminate_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	accounts_session_terminate(accounts_of(c), command_arg_number(c, "SessionId"), &e);
	command_done(c, &e);
}

const struct command_row rows_users[ROWS_USERS_N] = {
	{ "Security Session List",
	  "Lists the sessions of users who have logged in from the network: from where, seconds since then, "
	  "seconds since their last input.",
	  NULL, ROLE_ADMIN, 0, session_list_run, 0 },
	{ "Security Session Terminate", "Ends one session of a user who has logged in from the network.",
	  terminate_params, ROLE_ADMIN, COMMAND_AUDITED, terminate_run, 0 },
	{ "SystemUnit AdminPassword Set",
	  "Sets the password with which the user admin logs in from the network; only a salted hash is "
	  "stored. Accounts of the operating system have passwords of their own.",
	  admin_password_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, passphrase_run, 0 },
	{ "UserManagement User Add", "Adds a user who may log in from the network.", add_params, ROLE_ADMIN,
	  COMMAND_AUDITED_REFUSAL, add_run, 0 },
	{ "UserManagement User Delete", "Deletes a user, whose sessions end.", checked_name_params,
	  ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, delete_run, 0 },
	{ "UserManagement User Get",
	  "Shows a user: roles, whether there is a password, failed log-ins in a row, seconds for which it "
	  "is locked.",
	  name_params, ROLE_ADMIN, 0, get_run, 0 },
	{ "UserManagement User List", "Shows all users.", NULL, ROLE_ADMIN, 0, list_run, 0 },
	{ "UserManagement User Modify",
	  "Changes whether a user is active, that is, can log in, and the user's role.", modify_params,
	  ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, modify_run, 0 },
	{ "UserManagement User Passphrase Change",
	  "Changes the password of the user who gives the command, who must have logged in from the network; "
	  "the user's sessions end.",
	  change_params, ROLE_USER, COMMAND_AUDITED_REFUSAL, change_run, 0 },
	{ "UserManagement User Passphrase Set",
	  "Sets a user's password, of which a salted hash is kept; the user's sessions end.",
	  passphrase_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, passphrase_run, 0 },
	{ "UserManagement User Unblock", "Ends the lock-out of a user after failed log-ins.",
	  checked_name_params, ROLE_ADMIN, COMMAND_AUDITED, unblock_run, 0 },
};
