/* SPDX-License-Identifier: MIT */
/* accounts_sessions: the sessions of people who have logged in from the network. */
#include "accounts_internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { IDLE_MS = 10 * 60 * 1000 };

struct accounts_session {
	struct accounts_session *next;
	struct accounts *accounts;
	int64_t id, begun_ms;
	char name[ACCOUNTS_NAME_MAX + 1], address[64];
	unsigned roles;
	int64_t (*idle_ms)(void *arg);
	void (*end)(void *arg, const char *why);
	void *arg;
	int is_ending; /* end was called; the session is not counted any more */
};

static int is_of(const struct accounts_session *s, const char *name)
{
	return !s->is_ending && (!name || strcasecmp(s->name, name) == 0);
}

static size_t count(const struct accounts *a, const char *name)
{
	size_t n = 0;
	for (const struct accounts_session *s = a->sessions; s; s = s->next)
		n += is_of(s, name) != 0;
	return n;
}

static void end(struct accounts_session *s, const char *why)
{
	s->is_ending = 1;
	s->end(s->arg, why);
}

/* Ends the session of this user (NULL: of any user) that has been idle for longest, if it may be ended. */
static int make_room(struct accounts *a, const char *name)
{
	struct accounts_session *idlest = NULL;
	int64_t longest = IDLE_MS - 1;
	for (struct accounts_session *s = a->sessions; s; s = s->next) {
		int64_t idle = is_of(s, name) ? s->idle_ms(s->arg) : -1;
		if (idle > longest) {
			longest = idle;
			idlest = s;
		}
	}
	if (!idlest)
		return -1;
	end(idlest, "it was idle for ten minutes or more, and another session needed its place");
	return 0;
}

void accounts_sessions_audit(const struct accounts *a, enum log_kind kind, const char *fmt, ...)
{
	enum log_level level = kind == LOG_KIND_AUDIT_REFUSED ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE;
	char line[1500];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	log_about(&(struct log_about){ .kind = kind }, level, "audit: %s", line);
	if (a->keep)
		a->keep(a->arg, kind, line);
}

static int check_limits(struct accounts *a, const char *name, struct err *e)
{
	const struct settings *s = settings_get(a->settings);
	if (count(a, name) >= (size_t)s->sessions.max_per_user && make_room(a, name) < 0)
		return err_set(e, ERR_FULL, 0,
			       "this user has %" PRId64 " sessions already, as many as Security Session "
			       "MaxSessionsPerUser allows",
			       s->sessions.max_per_user);
	if (count(a, NULL) >= (size_t)s->sessions.max_total && make_room(a, NULL) < 0)
		return err_set(e, ERR_FULL, 0,
			       "there are %" PRId64 " sessions already, as many as Security Session "
			       "MaxTotalSessions allows",
			       s->sessions.max_total);
	return 0;
}

int accounts_session_begin(struct accounts *a, const struct accounts_session_request *r,
			   struct accounts_session **ret, struct err *e)
{
	if (check_limits(a, r->name, e) < 0) {
		accounts_sessions_audit(a, LOG_KIND_AUDIT_REFUSED, "user %s from %s was not let in: %s",
					r->name, r->address, e->text);
		return -1;
	}
	struct accounts_session *s = mem_new(sizeof *s), **last = &a->sessions;
	*s = (struct accounts_session){ .accounts = a,
					.id = ++a->last_id,
					.begun_ms = loop_now_ms(a->loop),
					.roles = r->roles,
					.idle_ms = r->idle_ms,
					.end = r->end,
					.arg = r->arg };
	snprintf(s->name, sizeof s->name, "%s", r->name);
	snprintf(s->address, sizeof s->address, "%s", r->address);
	while (*last)
		last = &(*last)->next;
	*last = s;
	*ret = s;
	return 0;
}

void accounts_session_end(struct accounts_session *s)
{
	if (!s)
		return;
	struct accounts_session **at = &s->accounts->sessions;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

int accounts_session_at(const struct accounts *a, size_t i, struct accounts_session_info *ret)
{
	const struct accounts_session *s = a->sessions;
	for (; s && (s->is_ending || i); s = s->next)
		i -= !s->is_ending;
	if (!s)
		return -1;
	int64_t idle = s->idle_ms(s->arg);
	*ret = (struct accounts_session_info){ .id = s->id,
					       .roles = s->roles,
					       .age_s = (loop_now_ms(a->loop) - s->begun_ms) / 1000,
					       .idle_s = idle < 0 ? -1 : idle / 1000 };
	snprintf(ret->name, sizeof ret->name, "%s", s->name);
	snprintf(ret->address, sizeof ret->address, "%s", s->address);
	return 0;
}

int accounts_session_terminate(struct accounts *a, int64_t id, struct err *e)
{
	struct accounts_session *s = a->sessions;
	while (s && (s->id != id || s->is_ending))
		s = s->next;
	if (!s)
		return err_set(e, ERR_NOTFOUND, 0, "there is no session %" PRId64, id);
	accounts_sessions_audit(a, LOG_KIND_AUDIT_CHANGED,
				"session %" PRId64 " of user %s from %s is terminated", id, s->name,
				s->address);
	end(s, "an administrator has terminated it");
	return 0;
}

void accounts_sessions_end_all_of(struct accounts *a, const char *name, const char *why)
{
	for (struct accounts_session *s = a->sessions, *next; s; s = next) {
		next = s->next;
		if (is_of(s, name))
			end(s, why);
	}
}
