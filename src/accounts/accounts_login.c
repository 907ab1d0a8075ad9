/* SPDX-License-Identifier: MIT */
/* accounts_login: checks names and passwords. A password that is not recognised by its digest waits in a
 * queue. A thread checks one password of the queue at a time. It gets copies of the password and of the hash,
 * and accesses nothing else. */
#include "accounts_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "loop/job.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	AFTER_WRONG_MS = 1000, /* until the next password from the same source is checked */
	WAITING_SOURCE = 30,   /* log-ins from one source that may wait */
	WAITING_ALL = 200,
	REMEMBERED_MS = 5 * 60 * 1000,
	MINUTE_MS = 60 * 1000,
};

/* The same text for every reason, so that an attacker does not learn which names exist, or that one is
 * locked. */
static const char refusal[] = "the name or the password is wrong, or the user is not active, or locked after "
			      "failed log-ins";

struct accounts_login {
	struct accounts_login *next;
	struct accounts *accounts;
	char name[ACCOUNTS_NAME_MAX + 1], address[64];
	char *password;           /* owned; wiped and freed as soon as it is not needed any more */
	struct source *source;    /* NULL: it does not wait for a check */
	struct loop_timer *timer; /* armed when the outcome is known */
	char hash[PASSWORD_HASH]; /* the one that the right password matched */
	struct accounts_outcome outcome;
	int is_proof; /* 1: the user has a session already */
	void (*done)(void *arg, const struct accounts_outcome *o);
	void *arg;
};

/* One check by the thread. It runs to its end even if its log-in was cancelled. */
struct accounts_check {
	struct accounts *accounts;
	struct accounts_login *login; /* NULL: the log-in was cancelled */
	struct source *source;
	struct job *job;
	char *password;
	char hash[PASSWORD_HASH];
	int matches;
};

static void go_on(void *arg);

static void wipe_text(char **text)
{
	mem_wipe(*text);
	*text = NULL;
}

int login_start(struct accounts *a, struct err *e)
{
	a->timer = loop_timer_new(a->loop, go_on, a);
	return password_key_make(&a->key, e);
}

static void free_login(struct accounts_login *l)
{
	wipe_text(&l->password);
	loop_timer_free(l->timer);
	explicit_bzero(l, sizeof *l);
	free(l);
}

static void free_check(struct accounts_check *c)
{
	wipe_text(&c->password);
	explicit_bzero(c, sizeof *c);
	free(c);
}

void login_stop(struct accounts *a)
{
	if (a->check) {
		job_cancel(a->check->job);
		free_check(a->check);
	}
	loop_timer_free(a->timer);
}

/* --- recognising a password that was right a short time ago --- */

static int digest_of(const struct accounts_login *l, unsigned char ret[PASSWORD_DIGEST])
{
	const struct password_credentials c = { .name = l->name,
						.address = l->address,
						.password = l->password };
	return password_digest(&l->accounts->key, &c, ret);
}

static int is_remembered(const struct accounts_login *l)
{
	const struct accounts *a = l->accounts;
	unsigned char digest[PASSWORD_DIGEST];
	int64_t now = loop_now_ms(a->loop);
	int found = 0;
	if (digest_of(l, digest) < 0)
		return 0;
	for (size_t i = 0; i < ACCOUNTS_REMEMBERED; i++)
		found |= password_digest_equal(digest, a->remembered[i].digest) &
			 (a->remembered[i].until_ms > now);
	explicit_bzero(digest, sizeof digest);
	return found;
}

static void remember(const struct accounts_login *l)
{
	struct accounts *a = l->accounts;
	struct remembered *r = &a->remembered[a->next_remembered++ % ACCOUNTS_REMEMBERED];
	r->until_ms = digest_of(l, r->digest) < 0 ? 0 : loop_now_ms(a->loop) + REMEMBERED_MS;
}

void login_forget(struct accounts *a)
{
	explicit_bzero(a->remembered, sizeof a->remembered);
}

/* --- outcomes --- */

static void log_failure(const struct accounts_login *l, const char *why)
{
	char name[200], address[200];
	l->accounts->wrong++;
	accounts_sessions_audit(l->accounts, LOG_KIND_AUDIT_REFUSED, "%s failed: user %s from %s: %s",
				l->is_proof ? "the check of a user's own password" : "a log-in",
				text_quoted(l->name, name, sizeof name),
				text_quoted(l->address, address, sizeof address), why);
}

/* Looks the account up once more: it may have been changed since the password was found right. */
static void look_again(struct accounts_login *l)
{
	const struct account *u = accounts_named(l->accounts, l->outcome.name);
	if (u && !u->is_inactive && strcmp(l->hash, u->hash) == 0) {
		l->outcome.roles = accounts_roles(u->role);
		return;
	}
	log_failure(l, "the user was changed meanwhile");
	err_set(&l->outcome.e, ERR_DENIED, 0, "%s", refusal);
}

static void give_outcome(void *arg)
{
	struct accounts_login *l = arg;
	if (l->outcome.e.kind == ERR_NONE)
		look_again(l);
	void (*done)(void *, const struct accounts_outcome *) = l->done;
	struct accounts_outcome outcome = l->outcome;
	void *done_arg = l->arg;
	free_login(l);
	done(done_arg, &outcome);
}

/* The caller gets the outcome in the next turn of the loop. */
static void finish(struct accounts_login *l, const struct err *e)
{
	l->outcome.e = *e;
	wipe_text(&l->password);
	loop_timer_in(l->timer, 0);
}

static void accept_login(struct accounts_login *l, const struct account *u)
{
	snprintf(l->outcome.name, sizeof l->outcome.name, "%s", u->name);
	memcpy(l->hash, u->hash, sizeof l->hash);
	finish(l, &(struct err){ .kind = ERR_NONE });
}

static void refuse(struct accounts_login *l)
{
	struct err e;
	err_set(&e, ERR_DENIED, 0, "%s", refusal);
	finish(l, &e);
}

static int is_locked(const struct accounts *a, const struct account *u)
{
	return u->locked_until_ms > loop_now_ms(a->loop);
}

static void count_failure(struct accounts *a, struct account *u, const struct accounts_login *l)
{
	const struct settings *s = settings_get(a->settings);
	char address[200];
	u->failed++;
	if (!s->sessions.max_failed || u->failed < s->sessions.max_failed || !s->sessions.lockout_min)
		return;
	u->locked_until_ms = loop_now_ms(a->loop) + s->sessions.lockout_min * MINUTE_MS;
	a->lockouts++;
	accounts_sessions_audit(a, LOG_KIND_AUDIT_REFUSED,
				"user %s is locked for %" PRId64
				" minutes after %u failed log-ins, the last one "
				"from %s; open sessions stay",
				u->name, s->sessions.lockout_min, u->failed,
				text_quoted(l->address, address, sizeof address));
	u->failed = 0;
}

/* Decides on a log-in whose password has been checked. Returns 1 if it succeeds. */
static int decide(struct accounts *a, struct accounts_login *l, const char *hash, int matches)
{
	struct account *u = accounts_named(a, l->name);
	char address[200];
	if (!u || !u->hash[0]) {
		log_failure(l, u ? "the user has no password" : "there is no such user");
	} else if (u->is_inactive) {
		log_failure(l, "the user is not active");
	} else if (is_locked(a, u)) {
		log_failure(l, "the user is locked after failed log-ins");
	} else if (!matches || strcmp(hash, u->hash) != 0) {
		log_failure(l, "wrong password");
		count_failure(a, u, l);
	} else {
		u->failed = 0;
		a->good++;
		accounts_sessions_audit(a, LOG_KIND_AUDIT_CHANGED, "user %s has %s from %s", u->name,
					l->is_proof ? "given his own password again" : "logged in",
					text_quoted(l->address, address, sizeof address));
		remember(l);
		accept_login(l, u);
		return 1;
	}
	refuse(l);
	return 0;
}

/* --- the queue --- */

static void leave_queue(struct accounts_login *l)
{
	if (!l->source)
		return;
	l->source->waiting--;
	l->source = NULL;
	struct accounts_login **at = &l->accounts->waiting;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	l->accounts->n_waiting--;
}

static void check_in_thread(void *arg, const atomic_int *stop)
{
	struct accounts_check *c = arg;
	(void)stop;
	c->matches = password_matches(c->password, c->hash);
}

static void on_checked(void *arg)
{
	struct accounts_check *c = arg;
	struct accounts *a = c->accounts;
	int is_good = c->login && decide(a, c->login, c->hash, c->matches);
	/* A log-in that was cancelled counts as wrong, so that disconnecting early does not avoid the
	 * pause. */
	if (!is_good)
		c->source->next_ms = loop_now_ms(a->loop) + AFTER_WRONG_MS;
	c->source->waiting--;
	a->check = NULL;
	free_check(c);
	go_on(a);
}

static void check(struct accounts_login *l)
{
	struct accounts *a = l->accounts;
	const struct account *u = accounts_named(a, l->name);
	struct accounts_check *c = mem_new(sizeof *c);
	*c = (struct accounts_check){
		.accounts = a, .login = l, .source = l->source, .password = mem_dup(l->password)
	};
	if (u && u->hash[0])
		memcpy(c->hash, u->hash, sizeof c->hash);
	else
		password_of_nobody(c->hash);
	leave_queue(l);
	c->source->waiting++; /* keeps the entry from being used for another source */
	a->check = c;
	c->job = job_start(&(struct job_options){
		.loop = a->loop, .work = check_in_thread, .done = on_checked, .arg = c });
}

/* Begins the next check, or waits until one can be begun. */
static void go_on(void *arg)
{
	struct accounts *a = arg;
	int64_t now = loop_now_ms(a->loop), next = INT64_MAX;
	if (a->check)
		return;
	for (struct accounts_login *l = a->waiting; l; l = l->next) {
		if (l->source->next_ms <= now) {
			check(l);
			return;
		}
		next = l->source->next_ms < next ? l->source->next_ms : next;
	}
	if (next == INT64_MAX)
		loop_timer_stop(a->timer);
	else
		loop_timer_in(a->timer, next - now);
}

/* Writes the name of the source to which an address belongs. */
static void source_of(const char *address, char *ret, size_t size)
{
	struct in6_addr six;
	if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
		memset(&six.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &six, ret, (socklen_t)size);
	} else {
		snprintf(ret, size, "%s", address);
	}
}

/* Finds the source of this address, or an unused entry for it. NULL: all entries are in use: their log-ins
 * wait, or had a wrong password a short time ago. */
static struct source *find_source(struct accounts *a, const char *address)
{
	char name[sizeof a->sources[0].name];
	struct source *unused = NULL;
	source_of(address, name, sizeof name);
	for (size_t i = 0; i < ACCOUNTS_SOURCES; i++) {
		struct source *s = &a->sources[i];
		if (strcmp(s->name, name) == 0)
			return s;
		if (!unused && !s->waiting && s->next_ms <= loop_now_ms(a->loop))
			unused = s;
	}
	if (unused)
		snprintf(unused->name, sizeof unused->name, "%s", name);
	return unused;
}

/* Returns the source of this address if one more of its log-ins may wait; NULL with *e if too many wait. */
static struct source *admit(struct accounts *a, const char *address, struct err *e)
{
	struct source *s = a->n_waiting < WAITING_ALL ? find_source(a, address) : NULL;
	if (s && s->waiting < WAITING_SOURCE)
		return s;
	err_set(e, ERR_FULL, 0, "too many log-ins wait to be checked; try again later");
	return NULL;
}

static void log_refusal(struct accounts *a, const struct accounts_login *l)
{
	char name[200], address[200], more[EPISODE_TEXT];
	uint64_t happened = episode_happened(&a->refusals, episode_key(l->address), 1, loop_now_ms(a->loop));
	a->wrong++;
	if (happened)
		accounts_sessions_audit(a, LOG_KIND_AUDIT_REFUSED,
					"a log-in was not checked, since too many wait: user %s from %s%s",
					text_quoted(l->name, name, sizeof name),
					text_quoted(l->address, address, sizeof address),
					episode_text(happened, more));
}

static void enqueue(struct accounts_login *l)
{
	struct accounts *a = l->accounts;
	struct accounts_login **last = &a->waiting;
	struct err e;
	l->source = admit(a, l->address, &e);
	if (!l->source) {
		log_refusal(a, l);
		finish(l, &e);
		return;
	}
	l->source->waiting++;
	a->n_waiting++;
	while (*last)
		last = &(*last)->next;
	*last = l;
	go_on(a);
}

struct accounts_login *accounts_log_in(struct accounts *a, const struct accounts_login_request *r)
{
	struct accounts_login *l = mem_new(sizeof *l);
	*l = (struct accounts_login){
		.accounts = a, .is_proof = r->is_proof, .done = r->done, .arg = r->arg
	};
	/* a name that is too long must not become an existing one by being cut */
	snprintf(l->name, sizeof l->name, "%s",
		 strlen(r->name) > ACCOUNTS_NAME_MAX ? "(a name that is too long)" : r->name);
	snprintf(l->address, sizeof l->address, "%s", r->address);
	l->password = mem_dup(r->password);
	l->timer = loop_timer_new(a->loop, give_outcome, l);
	struct account *u = accounts_named(a, l->name);
	if (u && !u->is_inactive && !is_locked(a, u) && is_remembered(l)) {
		u->failed = 0;
		accept_login(l, u);
	} else {
		enqueue(l);
	}
	return l;
}

void accounts_log_in_cancel(struct accounts_login *l)
{
	if (!l)
		return;
	if (l->accounts->check && l->accounts->check->login == l)
		l->accounts->check->login = NULL;
	leave_queue(l);
	free_login(l);
}
