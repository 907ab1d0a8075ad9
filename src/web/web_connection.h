/* SPDX-License-Identifier: MIT */
/* web_connection: one TLS connection of a client. It reads requests one after the other, passes each to an
 * exchange (exchange.h), and writes the answers; or it becomes a WebSocket, whose bytes it transports. It
 * enforces all limits of time and size: a client that is too slow in any phase is disconnected. */
#ifndef WEB_WEB_CONNECTION_H
#define WEB_WEB_CONNECTION_H

#include "http_answer.h"
#include "http_request.h"
#include "server.h"

struct web_connection;

/* Functions that handle a request. `new` is called for each request, and returns the argument of the
 * others. */
struct web_connection_work {
	void *(*new)(struct web_connection *c); /* the head of the request has been read */
	void (*begin)(void *work);              /* answers the request, at once or later */
	void (*on_body)(void *work);            /* the body has been read (web_connection_read_body) */
	void (*free)(void *work);
};
struct web_connection_start {
	int fd; /* accepted, non-blocking; the connection closes it, also if it cannot begin */
	struct server_peer peer;
	const struct web_connection_work *work; /* borrowed */
};
/* Begins the handshake, unless there are too many connections. */
void web_connection_new(struct server *s, const struct web_connection_start *start);
/* Ends all connections: requests that are being received or worked on are answered first, also those of
 * connections that have just begun; WebSockets get a close frame with `why`, which must stay valid. */
void web_connection_end_all(struct server *s, const char *why);
/* Closes all connections at once. */
void web_connection_free_all(struct server *s);

/* --- for the exchange --- */

struct server *web_connection_server(const struct web_connection *c);
const struct http_request *web_connection_request(const struct web_connection *c);
const struct server_peer *web_connection_peer(const struct web_connection *c);
/* Returns the body of the request, which must have been read (on_body). A NUL follows it. */
const char *web_connection_body(const struct web_connection *c, size_t *ret_len);
/* Records that the client has logged in: other limits apply to the connection. */
void web_connection_logged_in(struct web_connection *c);
/* Reads the body; on_body is called when it is complete, now or later. Returns 0; -1 if so many large bodies
 * are being received, in total or from this client's address, that this one is not read. */
int web_connection_read_body(struct web_connection *c);
/* Answers the request. This ends and frees the exchange. */
void web_connection_answer(struct web_connection *c, const struct http_answer *a);

/* --- for a WebSocket --- */

struct web_connection_handlers {
	void (*on_data)(void *arg, const void *data, size_t len);
	/* Called when most of the bytes to be sent have been sent. */
	void (*on_drained)(void *arg);
	/* Called about every 5 s. */
	void (*on_tick)(void *arg);
	/* Called when the connection is to be ended: the callee sends a close frame. */
	void (*on_end)(void *arg, const char *why);
	void (*on_freed)(void *arg); /* called when the connection has been freed */
	void *arg;
};
/* Sends the answer 101 (a has its headers). From now on received bytes are passed to the handlers, and
 * web_connection_send sends. This ends and frees the exchange. */
void web_connection_upgrade(struct web_connection *c, const struct http_answer *a,
			    const struct web_connection_handlers *h);
void web_connection_send(struct web_connection *c, const void *data, size_t len);
/* Returns the number of bytes that wait to be sent. */
size_t web_connection_unsent(const struct web_connection *c);
/* Returns 1 if bytes wait for the client and it has received none of them for for_ms. The time is measured
 * from call to call, so this has to be called regularly. */
int web_connection_is_stuck(struct web_connection *c, int64_t for_ms);
/* Counts len bytes that are kept for the client, in place of those that were counted before, in the same
 * limits as the bodies of requests (web_connection_read_body). Returns 0; -1 if that would be too many: the
 * count stays as it was. */
int web_connection_hold(struct web_connection *c, size_t len);
/* web_connection_pause stops reading from the client; web_connection_resume begins again. */
void web_connection_pause(struct web_connection *c);
void web_connection_resume(struct web_connection *c);
/* Ends the connection when all bytes are sent, but after linger_s seconds at most. */
void web_connection_close(struct web_connection *c, int linger_s);

#endif
