/* SPDX-License-Identifier: MIT */
/* web_connection: one TLS connection of a client. It reads requests one after the other, hands each to an
 * exchange (exchange.h), and writes the answers; or it becomes a WebSocket, and carries its bytes. It keeps
 * all times and sizes: a client that is slow at anything is disconnected. */
#ifndef WEB_WEB_CONNECTION_H
#define WEB_WEB_CONNECTION_H

#include "http_answer.h"
#include "http_request.h"
#include "server.h"

struct web_connection;

/* What becomes of a request: new returns what the others take. */
struct web_connection_work {
	void *(*new)(struct web_connection *c); /* its head was read */
	void (*begin)(void *work);              /* answers now or later */
	void (*on_body)(void *work);            /* the body that it has asked for is there */
	void (*free)(void *work);
};
struct web_connection_start {
	int fd; /* accepted, not blocking; the connection closes it, also if it cannot be begun */
	struct server_peer peer;
	const struct web_connection_work *work; /* borrowed */
};
/* Begins the handshake, unless there are too many connections. */
void web_connection_new(struct server *s, const struct web_connection_start *start);
/* Ends all connections: those that are answering do so first, WebSockets get a close frame with `why`, which
 * must stay. */
void web_connection_end_all(struct server *s, const char *why);
/* Ends all at once. */
void web_connection_free_all(struct server *s);

/* --- for the exchange --- */

struct server *web_connection_server(const struct web_connection *c);
const struct http_request *web_connection_request(const struct web_connection *c);
const struct server_peer *web_connection_peer(const struct web_connection *c);
/* Returns the address at which the client has connected. */
const char *web_connection_local(const struct web_connection *c);
/* The body of the request, once it was asked for and has come. A NUL follows it. */
const char *web_connection_body(const struct web_connection *c, size_t *ret_len);
/* The client has logged in: the connection counts as one of those who have. */
void web_connection_logged_in(struct web_connection *c);
/* Has the body read; on_body is called when all of it is there, now or later. */
void web_connection_read_body(struct web_connection *c);
/* Answers the request. The exchange is over then, and freed. */
void web_connection_answer(struct web_connection *c, const struct http_answer *a);

/* --- for a WebSocket --- */

struct web_connection_handlers {
	void (*on_data)(void *arg, const void *data, size_t len);
	/* What was to be sent is sent, but for little. */
	void (*on_drained)(void *arg);
	/* About every 5 s. */
	void (*on_tick)(void *arg);
	/* All is to be ended: a close frame is expected. */
	void (*on_end)(void *arg, const char *why);
	void (*on_freed)(void *arg); /* the connection does not exist any more */
	void *arg;
};
/* Sends the answer 101 (a has the headers). From now on bytes go to and come from the handlers. The
 * exchange is over then, and freed. */
void web_connection_upgrade(struct web_connection *c, const struct http_answer *a,
			    const struct web_connection_handlers *h);
void web_connection_send(struct web_connection *c, const void *data, size_t len);
/* Returns how many bytes wait to be sent. */
size_t web_connection_unsent(const struct web_connection *c);
/* Returns 1 if the client has taken no byte of what waits for it for so long. To be called now and then. */
int web_connection_is_stuck(struct web_connection *c, int64_t for_ms);
/* Reads no more from the client, or goes on. */
void web_connection_pause(struct web_connection *c);
void web_connection_resume(struct web_connection *c);
/* Ends the connection when what waits has been sent, or after linger_s seconds. */
void web_connection_close(struct web_connection *c, int linger_s);

#endif
