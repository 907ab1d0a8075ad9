/* SPDX-License-Identifier: MIT */
/* agent_login: begins a session of the agent for a person, with name and password. The agent decides. */
#ifndef WEB_AGENT_LOGIN_H
#define WEB_AGENT_LOGIN_H

#include "agent_link.h"
#include "credentials.h"
#include "server.h"

struct agent_login;

enum agent_login_outcome {
	AGENT_LOGIN_OK,
	AGENT_LOGIN_WRONG,       /* name or password is wrong, or the name is locked */
	AGENT_LOGIN_FULL,        /* there are too many sessions, or too many log-ins wait */
	AGENT_LOGIN_UNAVAILABLE, /* the agent does not answer */
};

struct agent_login_request {
	struct server *server;
	const struct credentials *credentials; /* borrowed for the call */
	const char *address;                   /* borrowed for the call */
	const char *mode;                      /* the output mode of the session: "xml" or "typed" */
	/* Called once, never before agent_login_begin has returned; the login is freed then. link: the
	 * session if it was begun, which the callee owns; otherwise NULL. */
	void (*done)(void *arg, enum agent_login_outcome o, struct agent_link *link);
	void *arg;
};
struct agent_login *agent_login_begin(const struct agent_login_request *r);
/* done will not be called. NULL is fine. */
void agent_login_cancel(struct agent_login *l);

#endif
