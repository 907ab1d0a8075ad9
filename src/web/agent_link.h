/* SPDX-License-Identifier: MIT */
/* agent_link: one non-blocking session on the agent's control socket. Requests are answered in the order in
 * which they were sent; feedback arrives between answers. */
#ifndef WEB_AGENT_LINK_H
#define WEB_AGENT_LINK_H

#include "base/err.h"
#include "ctl/ctl_reader.h"

#include <event2/event.h>
#include <stddef.h>

struct agent_link;

/* maximum length of an answer in bytes; after a longer one the session is treated as ended */
enum { AGENT_LINK_ANSWER_MAX = 8 << 20 };

enum agent_link_end {
	AGENT_LINK_LOST, /* the agent has stopped or restarts, or the connection broke */
	/* the agent still runs and has ended this session, for example because it was idle */
	AGENT_LINK_DISMISSED,
};

struct agent_link_handlers {
	void (*on_pushed)(void *arg, const struct ctl_block *b); /* feedback; NULL: it is dropped */
	/* Everything that had to wait until the agent reads has been sent. May be NULL. */
	void (*on_drained)(void *arg);
	/* The session has ended. The callee may free the link at once, or later. */
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
	/* called in place of fn if the link is freed before the answer; may be NULL */
	void (*given_up)(void *arg);
	void *arg;
};

/* Connects and asks for framing. -1 with ERR_IO: the agent does not listen at path. */
int agent_link_new(struct event_base *base, const char *path, struct agent_link **ret, struct err *e);
void agent_link_handle(struct agent_link *l, const struct agent_link_handlers *h);
/* Sends the request. It may contain secrets, so its bytes are wiped from the buffer after they were sent. If
 * more than 64 MiB would have to wait, nothing more is sent, and the session ends. */
void agent_link_ask(struct agent_link *l, const struct agent_link_request *r);
/* Returns the number of requests without an answer; and the number of bytes that the agent has not read
 * yet. */
size_t agent_link_waiting(const struct agent_link *l);
size_t agent_link_unsent(const struct agent_link *l);
/* While a link is paused it receives nothing: the agent's output waits, and the agent ends the session if
 * that lasts too long. */
void agent_link_pause(struct agent_link *l);
void agent_link_resume(struct agent_link *l);
/* Ends the session: given_up is called for each request without an answer. NULL is allowed. */
void agent_link_free(struct agent_link *l);

#endif
