/* SPDX-License-Identifier: MIT */
/* accounts_file: the files of accounts: "admin-password" with the hash of admin's password alone, as versions
 * without other accounts wrote it, and "accounts" with a line for each other account: its name, its role, its
 * hash ("-" if it has no password), and "inactive" if nobody can log in with it. Both are state files
 * (crypto/state_file.h). */
#include "accounts_internal.h"

#include "base/file.h"
#include "crypto/state_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	ADMIN_FILE_MAX = 1024,
	ACCOUNT_LINE = ACCOUNTS_NAME_MAX + PASSWORD_HASH + 32,
	FILE_MAX = ACCOUNTS_MAX * ACCOUNT_LINE
};
static const char admin_file[] = "admin-password", others_file[] = "accounts";
static const char inactive[] = "inactive";
static const char *const roles[] = { [ACCOUNTS_ROLE_USER] = "User", [ACCOUNTS_ROLE_ADMIN] = "Admin" };

/* The oldest versions wrote the hash without the frame of a state file; such a file is converted. */
static void load_admin(struct accounts *a, struct buf *notice)
{
	struct err e;
	char path[PATH_MAX];
	struct buf b;
	buf_init(&b, ADMIN_FILE_MAX);
	snprintf(path, sizeof path, "%s/%s", a->state, admin_file);
	int is_old = file_read(path, &b, NULL) == 0 && password_is_hash(buf_str(&b)), r;
	if (is_old) {
		buf_addc(&b, '\n');
		r = state_file_save(a->state, admin_file, &b, &e);
	} else {
		buf_reset(&b);
		r = state_file_load(a->state, admin_file, &b, notice, &e);
	}
	/* The agent starts without a file that cannot be used: the local terminal still works, where the
	 * password can be set again. */
	if (r < 0 && notice)
		buf_addf(notice, "%s\n", e.text);
	size_t len = strcspn(buf_str(&b), "\n");
	char hash[PASSWORD_HASH] = "";
	if (r == 0 && len < sizeof hash)
		snprintf(hash, sizeof hash, "%.*s", (int)len, buf_str(&b));
	if (password_is_hash(hash))
		memcpy(accounts_named(a, ACCOUNTS_ADMIN_NAME)->hash, hash, sizeof hash);
	explicit_bzero(hash, sizeof hash);
	buf_wipe(&b);
}

/* Copies the next word of *line, up to a blank, into ret and moves *line past it. Returns -1 if there is
 * no word or it is too long. */
static int next_word(const char **line, char *ret, size_t size)
{
	size_t len = strcspn(*line, " ");
	if (!len || len >= size)
		return -1;
	snprintf(ret, size, "%.*s", (int)len, *line);
	*line += len + ((*line)[len] == ' ');
	return 0;
}

/* Reads "name role hash [inactive]" into ret. Returns -1 if the line has another form. */
static int read_line(const char *line, struct account *ret)
{
	char role[8];
	*ret = (struct account){ .role = ACCOUNTS_ROLE_USER };
	if (next_word(&line, ret->name, sizeof ret->name) < 0 || next_word(&line, role, sizeof role) < 0 ||
	    next_word(&line, ret->hash, sizeof ret->hash) < 0)
		return -1;
	ret->is_inactive = strcmp(line, inactive) == 0;
	if (*line && !ret->is_inactive)
		return -1;
	if (strcmp(role, roles[ACCOUNTS_ROLE_ADMIN]) == 0)
		ret->role = ACCOUNTS_ROLE_ADMIN;
	else if (strcmp(role, roles[ACCOUNTS_ROLE_USER]) != 0)
		return -1;
	if (strcmp(ret->hash, "-") == 0)
		ret->hash[0] = '\0';
	else if (!password_is_hash(ret->hash))
		return -1;
	return accounts_check_name(ret->name, NULL);
}

static void load_line(struct accounts *a, const char *line, struct buf *notice)
{
	struct account u;
	int is_good = read_line(line, &u) == 0 && !accounts_named(a, u.name) && a->n < ACCOUNTS_MAX;
	if (is_good)
		accounts_insert(a, &u);
	else if (notice)
		buf_addf(notice,
			 "%s: a line was left out: expected a new user's name, User or Admin, and a "
			 "hash or -, and nothing or \"inactive\"\n",
			 others_file);
	explicit_bzero(&u, sizeof u);
}

static void load_others(struct accounts *a, struct buf *notice)
{
	struct buf b;
	struct err e;
	char line[ACCOUNT_LINE];
	buf_init(&b, FILE_MAX);
	if (state_file_load(a->state, others_file, &b, notice, &e) < 0 && notice)
		buf_addf(notice, "%s\n", e.text);
	for (const char *at = buf_str(&b); *at;) {
		size_t len = strcspn(at, "\n");
		snprintf(line, sizeof line, "%.*s", (int)len, at);
		load_line(a, line, notice);
		at += len + (at[len] == '\n');
	}
	explicit_bzero(line, sizeof line);
	buf_wipe(&b);
}

void accounts_file_load(struct accounts *a, struct buf *notice)
{
	if (!a->state)
		return;
	load_admin(a, notice);
	load_others(a, notice);
}

static int save_admin(const struct accounts *a, const struct account *admin, struct err *e)
{
	char path[PATH_MAX];
	struct buf b;
	if (!a->state)
		return 0;
	if (!admin->hash[0]) {
		snprintf(path, sizeof path, "%s/%s", a->state, admin_file);
		return file_remove(path, e);
	}
	buf_init(&b, ADMIN_FILE_MAX);
	buf_addf(&b, "%s\n", admin->hash);
	int r = state_file_save(a->state, admin_file, &b, e);
	buf_wipe(&b);
	return r;
}

int accounts_file_save_others(const struct accounts *a, struct err *e)
{
	struct buf b;
	buf_init(&b, FILE_MAX);
	for (size_t i = 0; i < a->n; i++)
		if (!accounts_is_admin(&a->at[i]))
			buf_addf(&b, "%s %s %s%s%s\n", a->at[i].name, roles[a->at[i].role],
				 a->at[i].hash[0] ? a->at[i].hash : "-", a->at[i].is_inactive ? " " : "",
				 a->at[i].is_inactive ? inactive : "");
	int r = state_file_save(a->state, others_file, &b, e);
	buf_wipe(&b);
	if (r == 0 && a->changed)
		a->changed(a->arg);
	return r;
}

int accounts_file_save(const struct accounts *a, const struct account *changed, struct err *e)
{
	if (!accounts_is_admin(changed))
		return accounts_file_save_others(a, e);
	int r = save_admin(a, changed, e);
	if (r == 0 && a->changed)
		a->changed(a->arg);
	return r;
}
