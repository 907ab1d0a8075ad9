/* SPDX-License-Identifier: MIT */
/* server: struct server, the state that the parts of this component share while the program runs. */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "web_pages.h"
#include "tls.h"
#include "web_settings.h"

#include <event2/event.h>
#include <stdint.h>

struct web_connection;
struct http_session;

enum {
	/* connections whose client has not logged in: from one address, and in total */
	SERVER_STRANGERS_OF_ADDRESS = 64,
	SERVER_STRANGERS = 256,
	SERVER_CONNECTIONS = 1024, /* all connections */
	SERVER_RATES = 512,        /* addresses whose rate is kept at the same time */
	/* bytes of request bodies and of long WebSocket messages that are received at the same time: from one
	 * address, and in total */
	SERVER_BODIES_OF_ADDRESS = 16 << 20,
	SERVER_BODIES = 64 << 20,
};

/* A client's address. `key` is what limits are counted by: an IPv4 address, or the first 64 bits of an IPv6
 * address, since one host can use all addresses of such a prefix. */
struct server_peer {
	unsigned char key[16];
	char text[64];  /* for the log and the agent: "192.0.2.1" */
	char local[64]; /* the device's address to which it has connected */
};
struct server_rate {
	struct server_peer peer;
	struct rate rate;
};

struct server {
	struct event_base *base;
	const char *agent;      /* path of the control socket */
	const char *pages_path; /* folder of the pages */
	struct web_settings settings;
	struct tls_context *tls;
	struct web_pages *pages;
	struct web_connection *connections;
	struct http_session *sessions;
	/* bytes of the bodies of all requests without an answer yet, as far as they are received, and of
	 * WebSocket messages that the agent has not received yet */
	size_t bodies;
	struct server_rate rates[SERVER_RATES];
	uint64_t refused; /* connections that were over a limit since the last log line about it */
	int64_t refused_ms, requests_refused_ms;
	uint64_t requests_refused;
};

/* Returns the rate of this address for requests with name and password. */
struct rate *server_rate_of(struct server *s, const struct server_peer *p);
/* Logs, at most once a minute and with their number, that connections were closed because there are too
 * many. */
void server_log_closed(struct server *s, const struct server_peer *p);
/* Logs a refused request with the reason. If there are many, one in ten seconds is logged, with the number of
 * the others. user may be NULL. */
struct server_refusal {
	int status;
	const char *why, *user, *path;
	const struct server_peer *peer;
};
void server_log_refusal(struct server *s, const struct server_refusal *r);

#endif
