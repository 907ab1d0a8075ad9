/* SPDX-License-Identifier: MIT */
/* agent_login: begins an agent session for a person, with name and password, which the agent checks. */
#ifndef WEB_AGENT_LOGIN_H
#define WEB_AGENT_LOGIN_H

#include "agent_link.h"
#include "credentials.h"
#include "server.h"

struct agent_login;

enum agent_login_outcome {
	AGENT_LOGIN_OK,
	AGENT_LOGIN_WRONG,       /* name or password is wrong, or the name is locked */
	AGENT_LOGIN_FULL,        /* there are too many sessions, or too many waiting log-ins */
	AGENT_LOGIN_UNAVAILABLE, /* the agent does not answer */
};

struct agent_login_request {
	struct server *server;
	const struct credentials *credentials; /* borrowed for the call */
	const char *address;                   /* borrowed for the call */
	const char *mode;                      /* the output mode of the session: "xml" or "typed" */
	/* Called once, never before agent_login_begin has returned; the login is freed afterwards. link: the
	 * new session, which the callee owns; NULL: there is none. */
	void (*done)(void *arg, enum agent_login_outcome o, struct agent_link *link);
	void *arg;
};
struct agent_login *agent_login_begin(const struct agent_login_request *r);
/* Cancels it: done will not be called. NULL is allowed. */
void agent_login_cancel(struct agent_login *l);

#endif
