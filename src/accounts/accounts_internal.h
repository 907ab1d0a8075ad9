/* SPDX-License-Identifier: MIT */
/* accounts_internal: what the files of this component share. */
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
	int is_inactive;          /* nobody is let in */
	unsigned failed;          /* log-ins that failed in a row */
	int64_t locked_until_ms;  /* by the loop's clock; 0: it is not locked */
};

/* A password that was found right not long ago. */
struct remembered {
	unsigned char digest[PASSWORD_DIGEST];
	int64_t until_ms; /* 0: this entry is unused */
};

/* A source of log-ins: the IPv4 address, or the /64 prefix of an IPv6 address, by which they are counted,
 * since one host can use its whole prefix. */
struct source {
	char name[64];
	int64_t next_ms; /* the next password from this source is not checked before */
	size_t waiting;  /* log-ins from this source that wait */
};

struct accounts {
	struct loop *loop;
	const struct settings_db *settings;
	char *state;
	void (*changed)(void *arg);                                    /* of the options */
	void (*keep)(void *arg, enum log_kind kind, const char *line); /* of the options */
	void *arg;
	struct account at[ACCOUNTS_MAX]; /* in order of name */
	size_t n;

	struct password_key key;
	struct remembered remembered[ACCOUNTS_REMEMBERED];
	size_t next_remembered;
	struct source sources[ACCOUNTS_SOURCES];
	struct accounts_login *waiting; /* in the order in which they came */
	size_t n_waiting;
	struct accounts_check *check;   /* the check under way; NULL: none is */
	struct loop_timer *timer;       /* armed when a log-in can go on */
	struct episode refusals;        /* of log-ins that were not checked at all */
	uint64_t good, wrong, lockouts; /* since the start */

	struct accounts_session *sessions; /* the oldest first */
	int64_t last_id;
};

/* accounts.c: the account with this name, in upper or lower case; NULL: there is none. */
struct account *accounts_named(struct accounts *a, const char *name);
/* The sum of roles that this one contains. */
unsigned accounts_roles(enum accounts_role highest);
int accounts_is_admin(const struct account *u);
/* ERR_INPUT: it cannot be a user's name. */
int accounts_check_name(const char *name, struct err *e);
/* Puts a copy of the account into its place in the order of names, where there is room; returns the copy. */
struct account *accounts_insert(struct accounts *a, const struct account *u);

/* accounts_file.c: reads both files; what cannot be used is told in notice, which may be NULL. */
void accounts_file_load(struct accounts *a, struct buf *notice);
/* Saves what has changed: the file of admin's password, or that of the other accounts. */
int accounts_file_save(const struct accounts *a, const struct account *changed, struct err *e);
/* Writes the accounts but admin. */
int accounts_file_save_others(const struct accounts *a, struct err *e);

/* login.c */
int login_start(struct accounts *a, struct err *e);
void login_stop(struct accounts *a);
/* Forgets every password that was found right. */
void login_forget(struct accounts *a);

/* accounts_sessions.c: writes an audit line, of this kind, and gives it to the owner. */
void accounts_sessions_audit(const struct accounts *a, enum log_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends all sessions of the account with this name. */
void accounts_sessions_end_all_of(struct accounts *a, const char *name, const char *why);

#endif
