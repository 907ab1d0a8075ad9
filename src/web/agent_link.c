/* SPDX-License-Identifier: MIT */
#include "agent_link.h"

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { OUT_MAX = 64 << 20 };

struct request {
	struct request *next;
	void (*fn)(void *arg, const struct ctl_block *answer);
	void (*given_up)(void *arg);
	void *arg;
};

enum state {
	OPEN,
	ENDED, /* nothing is sent or received any more */
	FREED, /* freed within a callback: the memory is freed when the callback has returned */
};

struct agent_link {
	struct ctl ctl;
	struct event *readable, *writable;
	struct agent_link_handlers handlers;
	struct request *first, *last;
	size_t n_waiting;
	struct buf out;
	size_t out_at;
	enum state state;
	enum agent_link_end why; /* why it has ended */
	int is_told;             /* on_closed was called */
	int depth;               /* number of callbacks that are being run */
	int is_paused;
};

static void forget(struct agent_link *l)
{
	buf_wipe(&l->out);
	l->out_at = 0;
}

static void destroy(struct agent_link *l)
{
	while (l->first) {
		struct request *r = l->first;
		l->first = r->next;
		if (r->given_up)
			r->given_up(r->arg);
		free(r);
	}
	if (l->readable)
		event_free(l->readable);
	if (l->writable)
		event_free(l->writable);
	ctl_close(&l->ctl);
	forget(l);
	free(l);
}

static void answer_first(struct agent_link *l, const struct ctl_block *b)
{
	struct request *r = l->first;
	if (!r)
		return;
	l->first = r->next;
	if (!l->first)
		l->last = NULL;
	l->n_waiting--;
	if (r->fn)
		r->fn(r->arg, b);
	free(r);
}

static void end(struct agent_link *l, enum agent_link_end why)
{
	if (l->state != OPEN)
		return;
	l->state = ENDED;
	l->why = why;
	event_del(l->readable);
	event_del(l->writable);
}

/* Reports the end of the session: first to the callers that wait for an answer, then to the owner. */
static void tell_end(struct agent_link *l)
{
	while (l->state == ENDED && l->first)
		answer_first(l, NULL);
	if (l->state != ENDED || l->is_told || !l->handlers.on_closed)
		return;
	l->is_told = 1;
	l->handlers.on_closed(l->handlers.arg, l->why);
}

/* Has on_readable called in the next turn of the loop, even if nothing can be read. */
static void run_next_turn(struct agent_link *l)
{
	event_active(l->readable, EV_READ, 0);
}

static void take(struct agent_link *l, const struct ctl_block *b)
{
	switch (b->kind) {
	case CTL_ANSWER: answer_first(l, b); break;
	case CTL_PUSHED:
		if (l->handlers.on_pushed)
			l->handlers.on_pushed(l->handlers.arg, b);
		break;
	case CTL_BODY_WANTED: break; /* is not sent for a command whose length was announced */
	case CTL_ENDED: end(l, AGENT_LINK_DISMISSED); break;
	case CTL_PART:
	case CTL_CLOSED: end(l, AGENT_LINK_LOST); break;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct agent_link *l = arg;
	struct ctl_block b;
	(void)fd;
	(void)what;
	l->depth++;
	/* one read in each turn of the loop, so that other connections get their turn */
	int got = l->state == OPEN ? ctl_fill(&l->ctl) : 0;
	while (l->state == OPEN && ctl_take(&l->ctl, &b) && b.kind != CTL_CLOSED)
		take(l, &b);
	if (got < 0 || l->out.full)
		end(l, AGENT_LINK_LOST);
	tell_end(l);
	if (--l->depth == 0 && l->state == FREED)
		destroy(l);
}

static void send_out(struct agent_link *l)
{
	if (l->out.full) { /* an incomplete request must not be sent */
		run_next_turn(l);
		return;
	}
	while (l->out_at < l->out.len) {
		ssize_t n = send(l->ctl.fd, l->out.data + l->out_at, l->out.len - l->out_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* Other errors are found when the answer is read. */
			if (errno == EAGAIN)
				event_add(l->writable, NULL);
			return;
		}
		l->out_at += (size_t)n;
	}
	forget(l);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct agent_link *l = arg;
	(void)fd;
	(void)what;
	l->depth++;
	send_out(l);
	if (!agent_link_unsent(l) && l->handlers.on_drained)
		l->handlers.on_drained(l->handlers.arg);
	if (--l->depth == 0 && l->state == FREED)
		destroy(l);
}

int agent_link_new(struct event_base *base, const char *path, struct agent_link **ret, struct err *e)
{
	struct agent_link *l = mem_new(sizeof *l);
	ctl_init(&l->ctl, AGENT_LINK_ANSWER_MAX);
	buf_init(&l->out, OUT_MAX);
	/* A unix socket connects at once, or waits if the agent's queue is full; this never takes long. */
	if (ctl_connect(&l->ctl, path, SOCK_NONBLOCK) < 0) {
		err_errno(e, "%s: the agent cannot be reached", path);
		destroy(l);
		return -1;
	}
	l->readable = event_new(base, l->ctl.fd, EV_READ | EV_PERSIST, on_readable, l);
	l->writable = event_new(base, l->ctl.fd, EV_WRITE, on_writable, l);
	event_add(l->readable, NULL);
	agent_link_ask(l, &(struct agent_link_request){ .line = "xPreferences framing on" });
	*ret = l;
	return 0;
}

void agent_link_handle(struct agent_link *l, const struct agent_link_handlers *h)
{
	l->handlers = *h;
	if (l->state == ENDED)
		run_next_turn(l);
}

void agent_link_ask(struct agent_link *l, const struct agent_link_request *r)
{
	struct request *new = mem_new(sizeof *new);
	*new = (struct request){ .fn = r->fn, .given_up = r->given_up, .arg = r->arg };
	if (l->last)
		l->last->next = new;
	else
		l->first = new;
	l->last = new;
	l->n_waiting++;
	if (l->state != OPEN || l->out.full) {
		run_next_turn(l);
		return;
	}
	if (l->out_at)
		buf_drop(&l->out, l->out_at);
	l->out_at = 0;
	/* Each command is announced with the length of its line and its body. So no line of a body can end
	 * it, and a command that takes a body but has none does not take the next requests for it. */
	size_t len = strlen(r->line) + (r->body ? r->body_len + 2 : 0);
	buf_addf(&l->out, "{%zu}\n%s", len, r->line);
	if (r->body) {
		buf_addc(&l->out, '\n');
		buf_add(&l->out, r->body, r->body_len);
		buf_addc(&l->out, '\n');
	}
	send_out(l);
}

size_t agent_link_waiting(const struct agent_link *l)
{
	return l->n_waiting;
}

size_t agent_link_unsent(const struct agent_link *l)
{
	return l->out.len - l->out_at;
}

void agent_link_pause(struct agent_link *l)
{
	if (l->state == OPEN && !l->is_paused)
		event_del(l->readable);
	l->is_paused = 1;
}

void agent_link_resume(struct agent_link *l)
{
	if (l->state == OPEN && l->is_paused)
		event_add(l->readable, NULL);
	l->is_paused = 0;
}

void agent_link_free(struct agent_link *l)
{
	if (!l)
		return;
	if (l->state == OPEN) {
		event_del(l->readable);
		event_del(l->writable);
	}
	l->state = FREED;
	if (!l->depth)
		destroy(l);
}
