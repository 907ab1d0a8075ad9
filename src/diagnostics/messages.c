/* SPDX-License-Identifier: MIT */
/* messages: collects messages, compares them with the previous ones, and publishes the difference as a change
 * of the status. */
#include "messages_internal.h"

#include "base/mem.h"
#include "diagnostics/diagnostics_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Codec software may publish messages of its own, whose numbers begin at 1. */
	FIRST_NUMBER = 101,
	MESSAGES_MAX = 128,
	SOURCES_MAX = 4,
	SETTLED_MS = 5000,
	SOON_MS = 500,
	REGULAR_MS = 10000,
};

struct kept {
	unsigned number;
	enum message_level level;
	char type[48], about[256], references[160], description[1000];
};

struct message_list {
	struct kept items[MESSAGES_MAX];
	size_t n;
};

struct source {
	void (*fn)(void *arg, struct message_list *list);
	void *arg;
};

struct messages {
	struct diagnostics *diagnostics;
	struct message_list *now;
	struct source sources[SOURCES_MAX];
	size_t n_sources;
	struct loop_timer *soon, *regular;
	struct agent_listener *listener;
};

void message_list_add(struct message_list *l, const struct message *m)
{
	if (l->n == MESSAGES_MAX)
		return;
	struct kept *k = &l->items[l->n++];
	*k = (struct kept){ .level = m->level };
	snprintf(k->type, sizeof k->type, "%s", m->type);
	snprintf(k->about, sizeof k->about, "%s", m->about);
	snprintf(k->references, sizeof k->references, "%s", m->references);
	snprintf(k->description, sizeof k->description, "%s", m->description);
}

static const struct kept *find(const struct message_list *l, const struct kept *like)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].type, like->type) == 0 && strcmp(l->items[i].about, like->about) == 0)
			return &l->items[i];
	return NULL;
}

static const struct kept *numbered(const struct message_list *l, unsigned number)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].number == number)
			return &l->items[i];
	return NULL;
}

/* Gives each message the number that it had in `before`, and new messages the lowest free numbers. */
static void number_all(struct message_list *l, const struct message_list *before)
{
	unsigned next = FIRST_NUMBER;
	for (size_t i = 0; i < l->n; i++) {
		const struct kept *old = find(before, &l->items[i]);
		l->items[i].number = old && !numbered(l, old->number) ? old->number : 0;
	}
	for (size_t i = 0; i < l->n; i++) {
		if (l->items[i].number)
			continue;
		while (numbered(l, next))
			next++;
		l->items[i].number = next;
	}
}

static const char *level_name(enum message_level level)
{
	static const char *const names[] = { "OK", "Warning", "Error", "Critical" };
	return names[level];
}

static struct doc *place(struct doc *status, unsigned number)
{
	char path[48];
	snprintf(path, sizeof path, "Diagnostics/Message[%u]", number);
	return doc_make(status, path);
}

/* Returns the change of the status. It has unchanged messages, too; the agent leaves them out when it
 * publishes it. */
static struct doc *change_of(const struct message_list *before, const struct message_list *now)
{
	struct doc *status = doc_new("Status");
	for (size_t i = 0; i < before->n; i++)
		if (!numbered(now, before->items[i].number))
			place(status, before->items[i].number)->ghost = 1;
	for (size_t i = 0; i < now->n; i++) {
		const struct kept *k = &now->items[i];
		struct doc *to = place(status, k->number);
		doc_add_value(to, "Description", DOC_STRING, k->description);
		doc_add_value(to, "Level", DOC_LITERAL, level_name(k->level));
		doc_add_value(to, "References", DOC_STRING, k->references);
		doc_add_value(to, "Type", DOC_LITERAL, k->type);
	}
	return status;
}

static int is_same(const struct message_list *a, const struct message_list *b)
{
	if (a->n != b->n)
		return 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct kept *other = numbered(b, a->items[i].number);
		if (!other || other->level != a->items[i].level ||
		    strcmp(other->description, a->items[i].description) != 0 ||
		    strcmp(other->references, a->items[i].references) != 0 ||
		    strcmp(other->type, a->items[i].type) != 0)
			return 0;
	}
	return 1;
}

static void collect(void *arg)
{
	struct messages *m = arg;
	struct message_list *fresh = mem_new(sizeof *fresh), *before = m->now;
	for (size_t i = 0; i < m->n_sources; i++)
		m->sources[i].fn(m->sources[i].arg, fresh);
	number_all(fresh, before);
	m->now = fresh;
	loop_timer_in(m->regular, REGULAR_MS);
	if (!is_same(before, fresh))
		publish_own(m->diagnostics->agent->agent, change_of(before, fresh));
	free(before);
}

/* Called for each change of settings and status. Has the messages collected if a part has changed that the
 * agent's own sources read. */
static void changed(void *arg, const struct doc *change)
{
	static const char *const parts[] = { "HttpFeedback", "NetworkServices", "Provisioning", "Security",
					     "Time" };
	struct messages *m = arg;
	int is_ours = strcmp(change->name, "Configuration") == 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts && strcmp(change->name, "Status") == 0; i++)
		is_ours |= doc_child(change, parts[i], 0) != NULL;
	if (is_ours)
		messages_changed(m->diagnostics);
}

void messages_changed(struct diagnostics *d)
{
	struct messages *m = d->messages;
	/* not before the first collection; and several changes in a row cause one collection */
	if (m && loop_timer_armed(m->regular) && !loop_timer_armed(m->soon))
		loop_timer_in(m->soon, SOON_MS);
}

struct messages *messages_new(struct diagnostics *d)
{
	struct messages *m = mem_new(sizeof *m);
	struct loop *loop = d->agent->loop;
	m->diagnostics = d;
	m->now = mem_new(sizeof *m->now);
	m->soon = loop_timer_new(loop, collect, m);
	m->regular = loop_timer_new(loop, collect, m);
	m->listener = agent_listen(d->agent->agent, changed, m);
	loop_timer_in(m->soon, SETTLED_MS);
	return m;
}

void messages_add_source(struct diagnostics *d, void (*fn)(void *arg, struct message_list *list), void *arg)
{
	struct messages *m = d->messages;
	if (m->n_sources < SOURCES_MAX)
		m->sources[m->n_sources++] = (struct source){ fn, arg };
}

void messages_free(struct messages *m)
{
	if (!m)
		return;
	agent_unlisten(m->listener);
	loop_timer_free(m->soon);
	loop_timer_free(m->regular);
	free(m->now);
	free(m);
}

/* --- the status --- */

/* Sets *ret to the message with this number. Returns 1; 0: there is no message with this number; -1: nor is
 * there one with a higher number. */
static int look(void *arg, unsigned number, const struct kept **ret)
{
	const struct message_list *l = ((struct diagnostics *)arg)->messages->now;
	unsigned last = 0;
	*ret = numbered(l, number);
	for (size_t i = 0; i < l->n; i++)
		last = l->items[i].number > last ? l->items[i].number : last;
	return *ret ? 1 : number < last ? 0 : -1;
}

#define READER(name, text)                                                                                   \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		const struct kept *k;                                                                        \
		int found = look(arg, item[0], &k);                                                          \
		return found == 1 ? status_text(ret, text) : found;                                          \
	}

READER(description, k->description)
READER(level, level_name(k->level))
READER(references, k->references)
READER(type, k->type)

const struct status_row messages_status_rows[] = {
	{ "Diagnostics Message[101..n] Description", STATUS_TEXT, STATUS_ANY_TEXT,
	  "What is wrong, and what to do. Numbers below 101 are for messages that codec software publishes.",
	  description, 0 },
	{ "Diagnostics Message[101..n] Level", STATUS_TEXT, SCHEMA_LIT("Critical/Error/OK/Warning"),
	  "Critical: no service of the device works; Error: one service does not work, or will soon fail; "
	  "Warning: somebody should look at it.",
	  level, 0 },
	{ "Diagnostics Message[101..n] References", STATUS_TEXT, STATUS_ANY_TEXT,
	  "The setting, status or command that it is about.", references, 0 },
	{ "Diagnostics Message[101..n] Type", STATUS_TEXT,
	  SCHEMA_LIT("CertificateExpiry/CertificateRefused/CutOff/DateUnknown/DeadLetters/FeedbackFailed/"
		     "FeedbackPage/"
		     "HttpsKeyLocked/HttpsNotRunning/"
		     "ManagerRefused/"
		     "ManagerUnreachable/NoRoots/QueueGrowing/SelfSignedHttps/SettingsDamaged/"
		     "StoreFailed/TimeServers/TimeZone/"
		     "TrustList/VerificationOff"),
	  "What kind of message it is.", type, 0 },
	{ .path = NULL },
};
