/* SPDX-License-Identifier: MIT */
#include "agent_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "published.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A commit is delayed by this time while a post is under way, if the last commit held at least FLOOD
	 * publications. */
	COLLECT_MS = 20,
	FLOOD = 4,
};

struct agent_listener {
	struct agent_listener *next;
	void (*fn)(void *arg, const struct doc *change); /* NULL after agent_unlisten: to be freed */
	void *arg;
};

/* Called by the timer that commit_soon sets. Writes all publications since the last commit to disk with one
 * commit and one fsync, then calls the callbacks of their publishers. */
static void commit_batch(void *arg)
{
	struct agent *a = arg;
	struct err e = { 0 };
	publish_commit(a, &e);
	struct err lost = a->lost;
	/* The list is emptied first: a publication made within one of the callbacks waits for the next
	 * commit. */
	a->notifying = a->waiters;
	a->waiters = NULL;
	a->waiters_end = &a->waiters;
	while (a->notifying) {
		struct agent_waiter *w = a->notifying;
		a->notifying = w->next;
		if (w->done)
			w->done(w->arg, w->is_lost ? &lost : &e);
		free(w);
	}
}

void publish_init(struct agent *a)
{
	a->waiters_end = &a->waiters;
	a->commit = loop_timer_new(a->loop, commit_batch, a);
}

void publish_done(struct agent *a)
{
	loop_timer_free(a->commit);
	while (a->waiters) {
		struct agent_waiter *next = a->waiters->next;
		free(a->waiters);
		a->waiters = next;
	}
	doc_free(a->undo);
	while (a->listeners) {
		struct agent_listener *next = a->listeners->next;
		free(a->listeners);
		a->listeners = next;
	}
}

static void call_listeners(struct agent *a, const struct doc *change);

/* Restores the status as it was before a publication. The listeners have got the new values already, so they
 * are notified of the restored ones. */
static void undo(struct agent *a, const struct doc *undo)
{
	struct doc *change = doc_merge(a->status, undo);
	if (change)
		call_listeners(a, change);
	doc_free(change);
}

/* Undoes the publications of the open transaction, the last one first, since each one can only be undone from
 * the state that it led to. */
static void undo_all(struct agent *a)
{
	size_t n = 0;
	for (const struct doc *d = a->undo ? a->undo->first : NULL; d; d = d->next)
		n++;
	const struct doc **all = n ? mem_array(n, sizeof *all) : NULL;
	size_t i = 0;
	for (const struct doc *d = n ? a->undo->first : NULL; d; d = d->next)
		all[i++] = d;
	while (i)
		undo(a, all[--i]);
	free(all);
}

static void take_back(struct agent *a, const struct err *why)
{
	undo_all(a);
	delivery_rolled_back(a->delivery);
	agent_store_refused(a);
	/* commit_batch calls the callbacks of the waiting publishers later. A later commit may have succeeded
	 * by then, so each of them is marked as failed now. */
	a->lost = *why;
	for (struct agent_waiter *w = a->waiters; w; w = w->next)
		w->is_lost = 1;
}

int publish_commit(struct agent *a, struct err *e)
{
	struct err why = a->batch;
	int failed = a->batch.kind != ERR_NONE;
	if (failed)
		store_rollback(a->store);
	else
		failed = store_commit(a->store, &why) < 0;
	if (failed) {
		take_back(a, &why);
		if (episode_failed(&a->not_kept, (uint64_t)why.kind, 1, loop_now_ms(a->loop)))
			log_error(
				"store: publications could not be stored, and their publishers were told: %s",
				why.text);
		if (e)
			*e = why;
	} else if (!store_trouble(a->store) && episode_ended(&a->not_kept, loop_now_ms(a->loop))) {
		/* (A commit without changes writes nothing, and leaves the trouble as it is.) */
		log_notice("store: publications can be stored again");
	}
	a->last_group = a->group;
	a->group = 0;
	a->batch.kind = ERR_NONE;
	doc_free(a->undo);
	a->undo = NULL;
	if (failed)
		return -1;
	delivery_committed(a->delivery);
	return 0;
}

/* Sets the timer for the next commit, unless it is set: in the next turn of the loop; or, when many
 * publications arrive and a post is under way, COLLECT_MS later, so that more of them share the commit. */
static void commit_soon(struct agent *a)
{
	if (!loop_timer_armed(a->commit))
		loop_timer_in(a->commit,
			      a->last_group >= FLOOD && delivery_is_busy(a->delivery) ? COLLECT_MS : 0);
}

static void call_listeners(struct agent *a, const struct doc *change)
{
	/* A listener may call agent_unlisten in its own callback, so it is freed only afterwards. */
	for (struct agent_listener *l = a->listeners; l; l = l->next)
		if (l->fn)
			l->fn(l->arg, change);
	for (struct agent_listener **at = &a->listeners; *at;) {
		struct agent_listener *l = *at;
		if (l->fn) {
			at = &l->next;
		} else {
			*at = l->next;
			free(l);
		}
	}
}

struct agent_listener *agent_listen(struct agent *a, void (*fn)(void *arg, const struct doc *change),
				    void *arg)
{
	struct agent_listener *l = mem_new(sizeof *l);
	*l = (struct agent_listener){ .next = a->listeners, .fn = fn, .arg = arg };
	a->listeners = l;
	return l;
}

void agent_unlisten(struct agent_listener *l)
{
	if (l)
		l->fn = NULL;
}

/* Adds a change to the queues of the feedback slots and then, if that succeeded, notifies the listeners
 * (sessions with xFeedback), before anything is durable. A change that is too long for a post fails alone; an
 * error of the store fails all publications of the open transaction. */
static int distribute(struct agent *a, const struct doc *change, struct err *e)
{
	int r = delivery_post(a->delivery, change, e);
	if (r < 0 && e->kind != ERR_TOOLONG)
		a->batch = *e;
	if (r == 0)
		call_listeners(a, change);
	commit_soon(a);
	return r;
}

static int publish_status(struct agent *a, struct doc *news, uid_t uid, struct err *e)
{
	if (publish_limits(a, news, uid, e) < 0)
		return -1;
	published_mark(a->published, a->status, news);
	struct doc *back = doc_merge_undo(a->status, news), *change = doc_merge(a->status, news);
	int r = change ? distribute(a, change, e) : 0;
	if (r < 0) {
		doc_free(doc_merge(a->status, back));
	} else if (change) {
		if (!a->undo)
			a->undo = doc_new("Undo");
		doc_adopt(a->undo, back);
		back = NULL;
	}
	doc_free(change);
	doc_free(back);
	return r;
}

/* XML does not distinguish an element with an empty value from one without a value. In an event, an empty
 * element beside one with a value is read as an empty value, as codecs show it (CauseString: ""); an empty
 * element without such a neighbour may be a part of the event's name (<Standby><Reset/></Standby>). */
static void set_empty_values(struct doc *d)
{
	const struct doc *valued = d->first;
	while (valued && !valued->value)
		valued = valued->next;
	for (struct doc *c = d->first; c; c = c->next)
		if (valued && !c->value && !c->first && !c->ghost)
			doc_set_value(c, DOC_STRING, "");
		else
			set_empty_values(c);
}

static int accept_publication(struct agent *a, struct doc *change, uid_t uid, struct err *e)
{
	if (strcmp(change->name, "Status") == 0)
		return publish_status(a, change, uid, e);
	if (strcmp(change->name, "Event") == 0)
		set_empty_values(change);
	if (strcmp(change->name, "Event") == 0 || strcmp(change->name, "Configuration") == 0)
		return change->first ? distribute(a, change, e) : 0;
	return err_set(e, ERR_INPUT, 0,
		       "<%s>: expected a document whose root is Status, Event or Configuration",
		       change->name);
}

/* Accepts a publication, unless its number shows that it was accepted before. A publication that is sent
 * again is acknowledged after the next commit, like a new one. */
static int accept_once(struct agent *a, const struct agent_publication *p, struct err *e)
{
	struct store_publication which = { { p->publisher[0], p->publisher[1] }, p->number };
	if (p->done && store_is_unreadable(a->store))
		return err_set(e, ERR_IO, 0, "%s", store_trouble(a->store));
	if (p->number && store_publication_was_accepted(a->store, &which))
		return 0;
	if (accept_publication(a, p->change, p->uid, e) < 0)
		return -1;
	if (p->number)
		store_publication_accepted(a->store, &which);
	return 0;
}

int agent_publish(struct agent *a, const struct agent_publication *p, struct err *e)
{
	int r = accept_once(a, p, e);
	doc_free(p->change);
	if (r < 0)
		return -1;
	a->group++;
	struct agent_waiter *w = mem_new(sizeof *w);
	*w = (struct agent_waiter){ .done = p->done, .arg = p->arg };
	*a->waiters_end = w;
	a->waiters_end = &w->next;
	commit_soon(a);
	return 0;
}

void agent_publish_forget(struct agent *a, void *arg)
{
	struct agent_waiter *lists[] = { a->waiters, a->notifying };
	for (int i = 0; i < 2; i++)
		for (struct agent_waiter *w = lists[i]; w; w = w->next)
			if (w->arg == arg)
				w->done = NULL;
}

void publish_soon(struct agent *a)
{
	loop_timer_in(a->commit, 0);
}

void publish_own(struct agent *a, struct doc *change)
{
	struct err e;
	if (!change)
		return;
	if (agent_publish(a, &(struct agent_publication){ .change = change, .uid = AGENT_ITSELF }, &e) == 0)
		episode_ended(&a->own_lost, loop_now_ms(a->loop));
	else if (episode_failed(&a->own_lost, (uint64_t)e.kind, 1, loop_now_ms(a->loop)))
		log_error("publish: a change of our own is lost: %s", e.text);
}
