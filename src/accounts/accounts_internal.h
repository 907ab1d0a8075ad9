/* SPDX-License-Identifier: MIT */
/* accounts_internal: struct accounts, and the functions that the files of this component share. */
#ifndef ACCOUNTS_INTERNAL_H
#define ACCOUNTS_INTERNAL_H

#include "accounts/accounts.h"
#include "base/episode.h"
#include "crypto/password.h"

enum { ACCOUNTS_REMEMBERED = 64, ACCOUNTS_SOURCES = 256 };

struct account {
	char name[ACCOUNTS_NAME_MAX + 1];
	enum accounts_role role;
	char hash[PASSWORD_HASH]; /* "": it has no password */
	int is_inactive;          /* nobody can log in */
	unsigned failed;          /* log-ins that failed in a row */
	int64_t locked_until_ms;  /* by the loop's clock; 0: it is not locked */
};

/* A password that was found right a short time ago. */
struct remembered {
	unsigned char digest[PASSWORD_DIGEST];
	int64_t until_ms; /* 0: this entry is unused */
};

/* A source of log-ins, for counting: an IPv4 address, or the /64 prefix of an IPv6 address, since one host
 * can use all addresses of its prefix. */
struct source {
	char name[64];
	int64_t next_ms; /* the next password from this source is not checked before this time */
	size_t waiting;  /* log-ins from this source that wait for their check */
};

struct accounts {
	struct loop *loop;
	const struct settings_db *settings;
	char *state;
	void (*changed)(void *arg);                                    /* from the options */
	void (*keep)(void *arg, enum log_kind kind, const char *line); /* from the options */
	void *arg;
	struct account at[ACCOUNTS_MAX]; /* in order of name */
	size_t n;

	struct password_key key;
	struct remembered remembered[ACCOUNTS_REMEMBERED];
	size_t next_remembered;
	struct source sources[ACCOUNTS_SOURCES];
	struct accounts_login *waiting; /* in the order of arrival */
	size_t n_waiting;
	struct accounts_check *check;   /* the check under way; NULL: none is */
	struct loop_timer *timer;       /* armed when the next check may begin */
	struct episode refusals;        /* log-ins that were refused without a check */
	uint64_t good, wrong, lockouts; /* since the start */

	struct accounts_session *sessions; /* the oldest first */
	int64_t last_id;
};

/* accounts.c: returns the account with this name (case does not matter); NULL: there is none. */
struct account *accounts_named(struct accounts *a, const char *name);
/* Returns the sum of the roles that this highest role includes. */
unsigned accounts_roles(enum accounts_role highest);
int accounts_is_admin(const struct account *u);
/* Fails with ERR_INPUT if the name cannot be an account's name. */
int accounts_check_name(const char *name, struct err *e);
/* Inserts a copy of the account at its place in the order of names; there must be room. Returns the copy. */
struct account *accounts_insert(struct accounts *a, const struct account *u);

/* accounts_file.c: reads both files. If one cannot be used, notice (may be NULL) gets a line about it. */
void accounts_file_load(struct accounts *a, struct buf *notice);
/* Saves the file that has this changed account: the one of admin's password, or the one of the other
 * accounts. */
int accounts_file_save(const struct accounts *a, const struct account *changed, struct err *e);
/* Saves all accounts except admin. */
int accounts_file_save_others(const struct accounts *a, struct err *e);

/* accounts_login.c */
int login_start(struct accounts *a, struct err *e);
void login_stop(struct accounts *a);
/* Forgets all passwords that were found right. */
void login_forget(struct accounts *a);

/* accounts_sessions.c: logs an audit line of this kind, and passes it to the audit
 * (accounts_options.keep). */
void accounts_sessions_audit(const struct accounts *a, enum log_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends all sessions of the account with this name. */
void accounts_sessions_end_all_of(struct accounts *a, const char *name, const char *why);

#endif
