/* SPDX-License-Identifier: MIT */
/* accounts: the accounts with which people log in from the network: name, role and password. Only a salted
 * hash of a password is stored. With an account without a password nobody can log in.
 *
 * The account admin always exists. Accounts of the operating system, with which people log in to the device's
 * own terminal, are not among these. */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include "base/buf.h"
#include "base/log_kind.h"
#include "base/err.h"
#include "loop/loop.h"
#include "settings/settings.h"
#include "status/status.h"

#include <stddef.h>
#include <stdint.h>

enum { ACCOUNTS_MAX = 64, ACCOUNTS_NAME_MAX = 64, ACCOUNTS_PASSWORD_MAX = 1024 /* bytes, without NUL */ };
#define ACCOUNTS_ADMIN_NAME "admin"

/* What the owner of an account may do. */
enum accounts_role { ACCOUNTS_ROLE_USER = 1, ACCOUNTS_ROLE_ADMIN = 2 };

struct accounts;

struct accounts_options {
	struct loop *loop;
	const struct settings_db *settings; /* Security Session, SystemUnit StrictPassword; borrowed */
	const char *state; /* folder of the accounts' files; NULL: accounts are kept in memory only */
	/* gets a line for each file that is damaged or of a newer version; may be NULL */
	struct buf *notice;
	void (*changed)(void *arg); /* called when an account was added, changed or deleted; may be NULL */
	/* called with each log line about a log-in or a session, which the audit keeps; may be NULL */
	void (*keep)(void *arg, enum log_kind kind, const char *line);
	void *arg;
};
/* Reads the accounts. Fails if a file cannot be read, or the system has no random bytes. */
int accounts_open(const struct accounts_options *o, struct accounts **ret, struct err *e);
/* All sessions and log-ins must have ended. NULL is allowed. */
void accounts_free(struct accounts *a);

struct accounts_info { /* plain data */
	char name[ACCOUNTS_NAME_MAX + 1];
	unsigned roles; /* a sum of enum accounts_role; an administrator has both roles */
	/* digest of the stored hash, different for each password that is set; "": no password */
	char password_digest[65];
	int has_password; /* 0: nobody can log in with it */
	int is_inactive;  /* nobody can log in with it, whatever the password is */
	int64_t locked_s; /* seconds during which nobody can log in with it; 0: it is not locked */
	unsigned failed;  /* log-ins that failed in a row */
};
/* Describes the i-th account, in order of name. Returns 0; -1 after the last one. */
int accounts_at(const struct accounts *a, size_t i, struct accounts_info *ret);
/* Describes the account with this name; case does not matter. Fails with ERR_NOTFOUND. */
int accounts_find(const struct accounts *a, const char *name, struct accounts_info *ret, struct err *e);

struct accounts_new {            /* all borrowed for the call */
	const char *name;        /* letters, digits and . _ - @ */
	enum accounts_role role; /* the highest role that it has */
	const char *password;    /* "": it has none yet */
	int is_inactive;         /* nobody can log in with it yet */
};
/* Each of the following functions writes an audit line about the change. They fail with ERR_EXISTS, ERR_FULL
 * or ERR_NOTFOUND; with ERR_INPUT if the name or the password is not allowed. */
int accounts_add(struct accounts *a, const struct accounts_new *n, struct err *e);
/* Ends the account's sessions, too. ERR_DENIED: the account admin cannot be deleted. */
int accounts_delete(struct accounts *a, const char *name, struct err *e);
enum accounts_state { ACCOUNTS_STATE_KEEP, ACCOUNTS_STATE_ACTIVE, ACCOUNTS_STATE_INACTIVE };
struct accounts_change {           /* borrowed for the call */
	const char *name;          /* name of the account */
	enum accounts_role role;   /* the highest role that it has; 0: unchanged */
	enum accounts_state state; /* whether anybody can log in with it */
};
/* Changes role and state together. If this takes rights away, the account's sessions are ended. Fails with
 * ERR_DENIED for the account admin, which keeps its role and stays active. */
int accounts_modify(struct accounts *a, const struct accounts_change *c, struct err *e);
/* password "" removes the password. The account's sessions and its lock-out are ended. */
int accounts_set_password(struct accounts *a, const char *name, const char *password, struct err *e);
/* Ends the lock after failed log-ins. */
int accounts_unlock(struct accounts *a, const char *name, struct err *e);

/* --- log-ins --- */

struct accounts_outcome { /* borrowed for the call */
	/* ERR_NONE: the password is right; ERR_DENIED: refused; ERR_FULL: too many log-ins wait */
	struct err e;
	char name[ACCOUNTS_NAME_MAX + 1]; /* name of the account, spelled as it was added */
	unsigned roles;
};
struct accounts_login_request { /* all borrowed for the call */
	const char *name, *password;
	const char *address; /* IP address of the client; it is logged, and failures are counted by it */
	void (*done)(void *arg, const struct accounts_outcome *o);
	void *arg;
	int is_proof; /* 1: the user has a session already, and shows that nobody else uses it */
};
struct accounts_login;
/* Checks a name and a password, and calls done once, never before this has returned. A right password is
 * recognised for five minutes by its digest; all others are checked by a thread, one after the other. After a
 * wrong one, the next one from the same address (IPv6: the same /64) is checked a second later; 30 of them
 * may wait. An unknown name takes as long as a known one, and gets the same answer. Each check is logged. */
struct accounts_login *accounts_log_in(struct accounts *a, const struct accounts_login_request *r);
/* Cancels the log-in: done will not be called. NULL is allowed. */
void accounts_log_in_cancel(struct accounts_login *l);

/* --- sessions of people who have logged in --- */

struct accounts_session;
struct accounts_session_request { /* texts are copied */
	const char *name, *address;
	unsigned roles;
	/* Returns the milliseconds since the last input; -1: the session must not be closed to make room. */
	int64_t (*idle_ms)(void *arg);
	/* Ends the session, which calls accounts_session_end now or later. */
	void (*end)(void *arg, const char *why);
	void *arg;
};
/* Begins a session. To make room, the session that has been idle for longest is ended, if it has been idle
 * for ten minutes or more. Fails with ERR_FULL if Security Session MaxSessionsPerUser or MaxTotalSessions is
 * reached. */
int accounts_session_begin(struct accounts *a, const struct accounts_session_request *r,
			   struct accounts_session **ret, struct err *e);
/* NULL is allowed. */
void accounts_session_end(struct accounts_session *s);
struct accounts_session_info { /* plain data */
	int64_t id;            /* never used again */
	char name[ACCOUNTS_NAME_MAX + 1], address[64];
	unsigned roles;
	int64_t age_s, idle_s; /* since the log-in; since the last input (-1: not known) */
};
/* Describes the i-th session, the oldest first. Returns 0; -1 after the last one. */
int accounts_session_at(const struct accounts *a, size_t i, struct accounts_session_info *ret);
/* Ends the session with this id. Fails with ERR_NOTFOUND. */
int accounts_session_terminate(struct accounts *a, int64_t id, struct err *e);

extern const struct status_row accounts_status_rows[]; /* argument of their readers: struct accounts */

#endif
