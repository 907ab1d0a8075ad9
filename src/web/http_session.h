/* SPDX-License-Identifier: MIT */
/* http_session: sessions that a client begins with /xmlapi/session/begin and names by a cookie afterwards.
 * Each has a session of the agent. */
#ifndef WEB_HTTP_SESSION_H
#define WEB_HTTP_SESSION_H

#include "agent_link.h"
#include "http_request.h"
#include "server.h"

enum { HTTP_SESSION_ID = 65 }; /* 64 hexadecimal digits and a NUL */

struct http_session {
	struct http_session *next;
	struct server *server;
	struct agent_link *link;
	struct event *idle; /* ends the session when it has not been used for a day */
	struct rate rate;
	char id[HTTP_SESSION_ID];
};

/* Takes ownership of the link. Never returns NULL: the agent limits how many sessions there are. */
struct http_session *http_session_new(struct server *s, struct agent_link *link);
/* Ends the session. Its requests without an answer are given up. */
void http_session_free(struct http_session *h);
void http_session_free_all(struct server *s);
/* Finds the session that the value of a Cookie header names ("a=b; SecureSessionId=..."), and records that it
 * was used. Returns NULL if there is none. The comparison takes the same time for all wrong ids. */
struct http_session *http_session_find(struct server *s, struct http_text cookie);
/* Returns 1 if the Cookie header has the name of the session cookie. */
int http_session_is_named(struct http_text cookie);

#endif
