/* SPDX-License-Identifier: MIT */
/* agent_link: one session on the agent's control socket, which never blocks. Requests are answered in
 * the order in which they were sent; feedback comes between. */
#ifndef WEB_AGENT_LINK_H
#define WEB_AGENT_LINK_H

#include "base/err.h"
#include "ctl/ctl_reader.h"

#include <event2/event.h>
#include <stddef.h>

struct agent_link;

/* An answer of the agent may have so many bytes; a longer one is taken for the end of the session. */
enum { AGENT_LINK_ANSWER_MAX = 8 << 20 };

enum agent_link_end {
	AGENT_LINK_LOST,      /* the agent has stopped or starts anew, or the link broke */
	AGENT_LINK_DISMISSED, /* the agent goes on, and has ended this session: it was idle, for example */
};

struct agent_link_handlers {
	void (*on_pushed)(void *arg, const struct ctl_block *b); /* feedback; NULL: it is dropped */
	/* The session has ended. The link may be freed here, and must be freed some time. */
	void (*on_closed)(void *arg, enum agent_link_end why);
	void *arg;
};

struct agent_link_request {
	const char *line; /* without the line feed; borrowed for the call */
	const char *body; /* NULL: there is none */
	size_t body_len;
	/* Called once with the answer, or with NULL if the session has ended, before or after the request;
	 * never before agent_link_ask has returned. It may free the link. */
	void (*fn)(void *arg, const struct ctl_block *answer);
	/* Called in place of fn if the link is freed before the answer; NULL: nothing is. */
	void (*given_up)(void *arg);
	void *arg;
};

/* Connects and asks for framing. -1 with ERR_IO: the agent does not listen at path. */
int agent_link_new(struct event_base *base, const char *path, struct agent_link **ret, struct err *e);
void agent_link_handle(struct agent_link *l, const struct agent_link_handlers *h);
/* Sends the request. Bytes that wait to be sent are wiped afterwards, since they may be secret. If more than
 * 64 MiB would wait, nothing more is sent, and the session ends. */
void agent_link_ask(struct agent_link *l, const struct agent_link_request *r);
/* Returns how many requests are not answered yet, and how many bytes the agent has not taken yet. */
size_t agent_link_waiting(const struct agent_link *l);
size_t agent_link_unsent(const struct agent_link *l);
/* While a link is paused nothing is received: the agent waits, and ends the session if that lasts. */
void agent_link_pause(struct agent_link *l);
void agent_link_resume(struct agent_link *l);
/* Ends the session: what was not answered is given up. NULL is fine. */
void agent_link_free(struct agent_link *l);

#endif
