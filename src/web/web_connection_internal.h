/* SPDX-License-Identifier: MIT */
/* web_connection_internal: a connection, for the files web_connection*.c. */
#ifndef WEB_WEB_CONNECTION_INTERNAL_H
#define WEB_WEB_CONNECTION_INTERNAL_H

#include "web_connection.h"

enum state {
	IDLE,      /* between two requests: no byte of the next one has been received */
	HEAD,      /* the head is being read; the first one includes the handshake */
	WORKING,   /* the exchange works on the request */
	BODY,      /* the exchange waits for the body */
	ANSWERING, /* the answer is being sent */
	WEBSOCKET,
	CLOSING,   /* the rest of the output is being sent */
	LINGERING, /* received bytes are dropped until the client closes the connection */
};

struct web_connection {
	struct web_connection *next;
	struct server *server;
	struct bufferevent *bev;
	struct event *deadline;
	enum state state;
	struct server_peer peer;
	int is_logged_in;
	int ends;        /* 1: no further request is read */
	const char *why; /* why web_connection_end_all ended it; NULL: it did not */
	int is_received; /* 1: the request has been read completely */
	int is_silent;   /* 1: the client has sent its close_notify: nothing more comes from it */

	struct buf head; /* the head of the request; `request` points into it. Secret. */
	size_t searched;
	struct http_request request;
	struct buf body; /* secret */
	size_t counted;  /* bytes that server counts: of the body, or web_connection_hold */
	const struct web_connection_work *work;
	void *exchange;

	uint64_t queued; /* bytes that were to be sent so far */
	uint64_t sent;   /* how many of these the client had received at the last check */
	int64_t progress_ms;
	struct web_connection_handlers handlers;
};

/* Returns 1 if one more connection is within the limits. */
int web_connection_is_admitted(const struct server *s, const struct server_peer *p);

#endif
