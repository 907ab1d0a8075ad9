/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include "base/log.h"
#include "control_internal.h"

#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 10 * 60 * 1000, LOG_EVERY_MS = 60 * 1000, LOGGED = 3 };

static int is_privileged(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* The sessions that are counted. */
enum whose {
	ONE_USER,  /* those of one user */
	ORDINARY,  /* those of all users but root, the agent's own user and sealpost-web */
	EVERYBODY, /* those of all users but sealpost-web */
};

static int is_web(const struct control *t, uid_t uid)
{
	return uid == t->web && t->web != (uid_t)-1 && !is_privileged(uid);
}

static int is_of(const struct session *s, enum whose whose, uid_t uid)
{
	if (s->dead)
		return 0;
	if (whose == ONE_USER)
		return s->uid == uid;
	return !is_web(s->control, s->uid) && (whose == EVERYBODY || !is_privileged(s->uid));
}

static size_t count(const struct control *t, enum whose whose, uid_t uid)
{
	size_t n = 0;
	for (const struct session *s = t->sessions; s; s = s->next)
		n += is_of(s, whose, uid) != 0;
	return n;
}

/* Closes one of the sessions that `whose` selects: the one that has been idle for longest, if it has been
 * idle for ten minutes or more. A session that waits for an answer, has xFeedback expressions or follows the
 * log is not closed. */
static int make_room(struct control *t, enum whose whose, uid_t uid)
{
	struct session *idle = NULL;
	for (struct session *s = t->sessions; s; s = s->next)
		if (is_of(s, whose, uid) && !s->first && !s->n_expressions && !s->log &&
		    (!idle || s->active_ms < idle->active_ms))
			idle = s;
	if (!idle || loop_now_ms(t->loop) - idle->active_ms < IDLE_MS)
		return -1;
	session_close(idle, "it was idle for ten minutes, and another session needed its place");
	return 0;
}

const char *limits_admit(struct control *t, uid_t uid)
{
	int ordinary = !is_privileged(uid);
	if (is_web(t, uid))
		return count(t, ONE_USER, uid) < LIMITS_SESSIONS_WEB ? NULL : "sealpost-web has 256 already";
	if (ordinary && count(t, ONE_USER, uid) >= LIMITS_SESSIONS_UID && make_room(t, ONE_USER, uid) < 0)
		return "this user has 64 already";
	if (ordinary && count(t, ORDINARY, 0) >= CONTROL_SESSIONS_MAX - LIMITS_SESSIONS_KEPT &&
	    make_room(t, ORDINARY, 0) < 0)
		return "all are in use but those that are kept for root";
	if (count(t, EVERYBODY, 0) >= CONTROL_SESSIONS_MAX &&
	    make_room(t, ordinary ? ORDINARY : EVERYBODY, 0) < 0)
		return "all 256 are in use";
	return NULL;
}

void limits_log_refusal(struct control *t, uid_t uid, const char *why)
{
	int64_t now = loop_now_ms(t->loop);
	uint64_t key = episode_key(why) + uid;
	if ((t->refused && now - t->refused_ms < LOG_EVERY_MS) ||
	    !episode_happened(&t->refusals, key, LOGGED, now)) {
		t->refused++;
		return;
	}
	if (t->refused > 1)
		log_warning("control: %zu more sessions were refused since the last line about it",
			    t->refused - 1);
	log_warning("control: a session of uid %ld was refused: too many sessions: %s", (long)uid, why);
	t->refused = 1;
	t->refused_ms = now;
}

/* Returns 1 if both sessions are of the same user on the device or, in sessions of sealpost-web, of the same
 * person who has logged in. Sessions of sealpost-web in which nobody has logged in are of one user. */
static int is_same_user(const struct session *a, const struct session *b)
{
	if (a->uid != b->uid || !a->person != !b->person)
		return 0;
	return !a->person || strcmp(a->who.name, b->who.name) == 0;
}

static size_t input_of(const struct session *s)
{
	return s->in.cap + s->body.cap;
}

int limits_input_is_too_much(const struct session *s)
{
	size_t all = 0;
	if (input_of(s) <= CONTROL_LINE_MAX)
		return 0;
	for (const struct session *other = s->control->sessions; other; other = other->next)
		all += is_same_user(other, s) ? input_of(other) : 0;
	return all > LIMITS_INPUT_UID;
}

size_t limits_memory_of(const struct doc *d)
{
	enum { ALLOCATION = 16 }; /* bytes that the allocator adds to each block of memory, approximately */
	size_t sum = 0;
	if (!d)
		return 0;
	struct doc_size own = doc_size_of_node(d);
	sum = own.nodes * (sizeof *d + 2 * ALLOCATION) + own.bytes;
	for (const struct doc *c = d->first; c; c = c->next)
		sum += limits_memory_of(c);
	return sum;
}

static size_t output_of(const struct session *s)
{
	return s->out.cap + s->pushed.cap + s->answer_size;
}

int limits_output_is_too_much(const struct session *s)
{
	enum { LITTLE = 1 << 20 };
	size_t all = 0;
	if (output_of(s) <= LITTLE)
		return 0;
	for (const struct session *other = s->control->sessions; other; other = other->next)
		all += is_same_user(other, s) && !other->dead ? output_of(other) : 0;
	return all > LIMITS_OUTPUT_UID;
}

int64_t limits_body_due_ms(const struct session *s)
{
	/* While a session must wait, its input is not read, so the rest of the body may be in the socket
	 * already. */
	if (s->must_wait || s->input == INPUT_LINE || s->input == INPUT_SKIP_LINE)
		return INT64_MAX;
	return s->body_begun_ms + LIMITS_BODY_MS;
}
