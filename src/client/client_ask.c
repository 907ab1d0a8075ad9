/* SPDX-License-Identifier: MIT */
/* client_ask: asks the agent questions, withdraws them, and ends them at their deadline. */
#include "client.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

long long client_ask_deadline(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : client_now_ms() + (timeout_ms ? timeout_ms : CLIENT_QUESTION_MS);
}

size_t client_ask_count(const struct sealpost *s)
{
	const struct client_queue *q = &s->asks.queue;
	return q->n - (q->first && q->first->kind == CLIENT_GREETING);
}

int client_ask(struct sealpost *s, const char *command, const struct client_item *what)
{
	struct client_link *l = &s->asks;
	if (client_ask_count(s) >= SEALPOST_QUESTIONS_MAX)
		return client_fail(s, EAGAIN, "%u questions wait to be answered already",
				   SEALPOST_QUESTIONS_MAX);
	struct client_item *i = client_item_new(CLIENT_QUESTION, command, strlen(command), "", 0);
	if (!i)
		return client_fail(s, ENOMEM, "out of memory");
	i->deliver = what->deliver;
	i->fn = what->fn;
	i->arg = what->arg;
	i->deadline_ms = what->deadline_ms;
	i->id = s->last_id = s->last_id == INT_MAX ? 1 : s->last_id + 1;
	client_queue_add(&l->queue, i);
	if (!l->unsent)
		l->unsent = i;
	client_rouse(s);
	return i->id;
}

/* Removes a question from the queue. If the agent is working on it, the connection is closed, which makes the
 * agent give it up; the other questions are asked on the next connection, which is made at once. */
static void take_out(struct sealpost *s, struct client_item *i)
{
	struct client_link *l = &s->asks;
	const struct client_item *first =
		l->queue.first->kind == CLIENT_GREETING ? l->queue.first->next : l->queue.first;
	int was_begun = l->ctl.fd >= 0 && i == first && (i != l->unsent || l->sent);
	if (was_begun) {
		client_link_close(s, l);
		l->retry_at_ms = 0;
	}
	if (l->unsent == i) {
		l->unsent = i->next;
		l->sent = 0;
	}
	client_queue_remove(&l->queue, i);
}

static struct client_item *question(const struct client_queue *q, int id)
{
	struct client_item *i = q->first;
	while (i && (i->kind != CLIENT_QUESTION || i->id != id))
		i = i->next;
	return i;
}

int client_ask_withdraw(struct sealpost *s, int id)
{
	struct client_item *i = question(&s->asks.queue, id), *answered = question(&s->done, id);
	if (i)
		take_out(s, i);
	else if (answered)
		client_queue_remove(&s->done, i = answered);
	else
		return -1;
	client_item_free(i);
	client_rouse(s);
	return 0;
}

int sealpost_cancel(struct sealpost *s, int id)
{
	if (client_begin(s) < 0)
		return -1;
	return client_ask_withdraw(s, id) < 0
		       ? client_fail(s, ENOENT, "question %d is not one that waits", id)
		       : 0;
}

void client_ask_expire(struct sealpost *s)
{
	long long now = client_now_ms();
	struct client_item *next;
	for (struct client_item *i = s->asks.queue.first; i; i = next) {
		next = i->next;
		if (i->deadline_ms < 0 || i->deadline_ms > now)
			continue;
		take_out(s, i);
		client_item_done(s, i, ETIMEDOUT,
				 s->asks.error ? s->asks.reason : "the agent has not answered in time");
		next = s->asks.queue.first; /* the greeting may have been removed */
	}
}

long long client_ask_due_ms(const struct sealpost *s)
{
	long long due = -1;
	for (const struct client_item *i = s->asks.queue.first; i; i = i->next)
		if (i->deadline_ms >= 0 && (due < 0 || i->deadline_ms < due))
			due = i->deadline_ms;
	return due;
}
