/* SPDX-License-Identifier: MIT */
#include "accounts_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* in characters, for SystemUnit StrictPassword; NIST SP 800-63B requires this length where the password is
 * the only factor */
enum { STRICT_MIN = 15 };

unsigned accounts_roles(enum accounts_role highest)
{
	return highest == ACCOUNTS_ROLE_ADMIN ? ACCOUNTS_ROLE_ADMIN | ACCOUNTS_ROLE_USER : ACCOUNTS_ROLE_USER;
}

struct account *accounts_named(struct accounts *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcasecmp(a->at[i].name, name) == 0)
			return &a->at[i];
	return NULL;
}

int accounts_is_admin(const struct account *u)
{
	return strcasecmp(u->name, ACCOUNTS_ADMIN_NAME) == 0;
}

static struct account *must_find(struct accounts *a, const char *name, struct err *e)
{
	struct account *u = accounts_named(a, name);
	char shown[80];
	if (!u)
		err_set(e, ERR_NOTFOUND, 0, "no user is named %s", text_quoted(name, shown, sizeof shown));
	return u;
}

int accounts_open(const struct accounts_options *o, struct accounts **ret, struct err *e)
{
	struct accounts *a = mem_new(sizeof *a);
	a->loop = o->loop;
	a->settings = o->settings;
	a->state = mem_dup(o->state);
	a->changed = o->changed;
	a->keep = o->keep;
	a->arg = o->arg;
	snprintf(a->at[0].name, sizeof a->at[0].name, ACCOUNTS_ADMIN_NAME);
	a->at[0].role = ACCOUNTS_ROLE_ADMIN;
	a->n = 1;
	if (login_start(a, e) < 0) {
		accounts_free(a);
		return -1;
	}
	accounts_file_load(a, o->notice);
	*ret = a;
	return 0;
}

void accounts_free(struct accounts *a)
{
	if (!a)
		return;
	login_stop(a);
	free(a->state);
	explicit_bzero(a, sizeof *a);
	free(a);
}

static void describe(const struct accounts *a, const struct account *u, struct accounts_info *ret)
{
	int64_t now = loop_now_ms(a->loop);
	*ret = (struct accounts_info){ .roles = accounts_roles(u->role),
				       .has_password = u->hash[0] != '\0',
				       .is_inactive = u->is_inactive,
				       .failed = u->failed };
	snprintf(ret->name, sizeof ret->name, "%s", u->name);
	if (u->hash[0])
		sha256_hex(u->hash, strlen(u->hash), ret->password_digest);
	if (u->locked_until_ms > now)
		ret->locked_s = (u->locked_until_ms - now + 999) / 1000;
}

int accounts_at(const struct accounts *a, size_t i, struct accounts_info *ret)
{
	if (i >= a->n)
		return -1;
	describe(a, &a->at[i], ret);
	return 0;
}

int accounts_find(const struct accounts *a, const char *name, struct accounts_info *ret, struct err *e)
{
	char shown[80];
	for (size_t i = 0; i < a->n; i++)
		if (strcasecmp(a->at[i].name, name) == 0) {
			describe(a, &a->at[i], ret);
			return 0;
		}
	return err_set(e, ERR_NOTFOUND, 0, "no user is named %s", text_quoted(name, shown, sizeof shown));
}

/* --- changes --- */

int accounts_check_name(const char *name, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
	size_t len = strlen(name);
	if (!len || len > ACCOUNTS_NAME_MAX || name[strspn(name, allowed)])
		return err_set(e, ERR_INPUT, 0,
			       "expected a user name of 1 to %d letters, digits and characters among . _ @ -",
			       ACCOUNTS_NAME_MAX);
	return 0;
}

/* Checks a new password and makes its hash. An empty password gives an empty hash. */
static int make_hash(const struct accounts *a, const char *password, char ret[PASSWORD_HASH], struct err *e)
{
	int is_strict = settings_get(a->settings)->strict_password;
	long characters = text_length(password);
	ret[0] = '\0';
	if (!*password)
		return 0;
	if (characters < 0 || strlen(password) > ACCOUNTS_PASSWORD_MAX)
		return err_set(e, ERR_INPUT, 0, "expected a password of at most %d bytes in UTF-8",
			       ACCOUNTS_PASSWORD_MAX);
	if (!strcmp(password, "***"))
		return err_set(e, ERR_INPUT, 0,
			       "*** stands for a password that is not shown: give the password itself");
	if (is_strict && characters < STRICT_MIN)
		return err_set(e, ERR_INPUT, 0,
			       "expected at least %d characters, for SystemUnit StrictPassword is On",
			       STRICT_MIN);
	return password_hash(password, ret, e);
}

struct account *accounts_insert(struct accounts *a, const struct account *u)
{
	size_t at = a->n++;
	for (; at > 0 && strcasecmp(a->at[at - 1].name, u->name) > 0; at--)
		a->at[at] = a->at[at - 1];
	a->at[at] = *u;
	return &a->at[at];
}

static void remove_at(struct accounts *a, size_t i)
{
	memmove(&a->at[i], &a->at[i + 1], (a->n - i - 1) * sizeof a->at[0]);
	a->n--;
	explicit_bzero(&a->at[a->n], sizeof a->at[0]);
}

static const char *role_name(enum accounts_role role)
{
	return role == ACCOUNTS_ROLE_ADMIN ? "Admin" : "User";
}

int accounts_add(struct accounts *a, const struct accounts_new *n, struct err *e)
{
	struct account u = { .role = n->role, .is_inactive = n->is_inactive };
	if (accounts_check_name(n->name, e) < 0)
		return -1;
	if (accounts_named(a, n->name))
		return err_set(e, ERR_EXISTS, 0, "there is a user %s already", n->name);
	if (a->n == ACCOUNTS_MAX)
		return err_set(e, ERR_FULL, 0, "there are %d users already", ACCOUNTS_MAX);
	if (make_hash(a, n->password, u.hash, e) < 0)
		return -1;
	snprintf(u.name, sizeof u.name, "%s", n->name);
	const struct account *added = accounts_insert(a, &u);
	int r = accounts_file_save(a, added, e);
	if (r < 0)
		remove_at(a, (size_t)(added - a->at));
	else
		log_notice("security: user %s with role %s added%s", u.name, role_name(u.role),
			   u.is_inactive ? ", which is not active: it logs nobody in yet"
			   : u.hash[0]   ? ""
					 : ", without a password: it logs nobody in yet");
	explicit_bzero(&u, sizeof u);
	return r;
}

int accounts_delete(struct accounts *a, const char *name, struct err *e)
{
	struct account *u = must_find(a, name, e);
	if (!u)
		return -1;
	if (accounts_is_admin(u))
		return err_set(e, ERR_DENIED, 0,
			       "the user admin cannot be deleted; without a password it logs nobody in "
			       "(xCommand SystemUnit AdminPassword Set Password: \"\")");
	struct account was = *u;
	remove_at(a, (size_t)(u - a->at));
	int r = accounts_file_save_others(a, e);
	if (r < 0) {
		accounts_insert(a, &was);
	} else {
		log_notice("security: user %s deleted", was.name);
		login_forget(a);
		accounts_sessions_end_all_of(a, was.name, "its user was deleted");
	}
	explicit_bzero(&was, sizeof was);
	return r;
}

static int refuse_admin(struct err *e)
{
	return err_set(
		e, ERR_DENIED, 0,
		"the user admin keeps the role Admin and stays active; without a password it logs nobody "
		"in (xCommand SystemUnit AdminPassword Set Password: \"\")");
}

int accounts_modify(struct accounts *a, const struct accounts_change *c, struct err *e)
{
	struct account *u = must_find(a, c->name, e);
	if (!u)
		return -1;
	const enum accounts_role role = c->role ? c->role : u->role, role_before = u->role;
	const int was_inactive = u->is_inactive, is_inactive = c->state == ACCOUNTS_STATE_KEEP
								       ? was_inactive
								       : c->state == ACCOUNTS_STATE_INACTIVE;
	if (accounts_is_admin(u) && (role != ACCOUNTS_ROLE_ADMIN || is_inactive))
		return refuse_admin(e);
	if (role == role_before && is_inactive == was_inactive)
		return 0;
	u->role = role;
	u->is_inactive = is_inactive;
	if (accounts_file_save(a, u, e) < 0) {
		u->role = role_before;
		u->is_inactive = was_inactive;
		return -1;
	}
	log_notice("security: user %s has role %s now and is %s", u->name, role_name(role),
		   is_inactive ? "not active: it logs nobody in" : "active");
	if (is_inactive || role < role_before) {
		login_forget(a);
		accounts_sessions_end_all_of(a, u->name, "its user may less from now on");
	}
	return 0;
}

int accounts_set_password(struct accounts *a, const char *name, const char *password, struct err *e)
{
	struct account *u = must_find(a, name, e);
	char hash[PASSWORD_HASH], before[PASSWORD_HASH];
	if (!u || make_hash(a, password, hash, e) < 0)
		return -1;
	memcpy(before, u->hash, sizeof before);
	memcpy(u->hash, hash, sizeof hash);
	int r = accounts_file_save(a, u, e);
	if (r < 0) {
		memcpy(u->hash, before, sizeof before);
	} else {
		u->failed = 0;
		u->locked_until_ms = 0;
		login_forget(a);
		accounts_sessions_end_all_of(a, u->name, "its user's password was changed");
		log_notice(*password ? "security: the password of user %s is set; a hash of it is kept"
				     : "security: the password of user %s is removed, which logs nobody in "
				       "any more",
			   u->name);
	}
	explicit_bzero(hash, sizeof hash);
	explicit_bzero(before, sizeof before);
	return r;
}

int accounts_unlock(struct accounts *a, const char *name, struct err *e)
{
	struct account *u = must_find(a, name, e);
	if (!u)
		return -1;
	u->failed = 0;
	u->locked_until_ms = 0;
	log_notice("security: the lock-out of user %s is ended", u->name);
	return 0;
}
