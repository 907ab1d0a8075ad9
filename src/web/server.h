/* SPDX-License-Identifier: MIT */
/* server: what the parts of this component share while the program runs. */
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
	/* Connections whose client has not logged in: of one address, and in all. */
	SERVER_STRANGERS_OF_ADDRESS = 64,
	SERVER_STRANGERS = 256,
	SERVER_CONNECTIONS = 1024, /* of those who have logged in and those who have not */
	SERVER_SESSIONS = 256,     /* that have been begun by /xmlapi/session/begin */
	SERVER_RATES = 512,        /* addresses whose rate is known at a time */
};

/* An address counts as what one customer of a network has: all of an IPv4 address, 64 bits of an IPv6 one. */
struct server_peer {
	unsigned char key[16];
	char text[64];  /* for the log and the agent: "192.0.2.1" */
	char local[64]; /* the device's address that it has connected to */
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
	struct server_rate rates[SERVER_RATES];
	uint64_t refused; /* connections that were over a limit, since the last line about it */
	int64_t refused_ms, requests_refused_ms;
	uint64_t requests_refused;
};

/* The monotonic clock's milliseconds. */
int64_t server_now_ms(void);
/* Returns where the rate of requests with name and password from this address is kept. */
struct rate *server_rate_of(struct server *s, const struct server_peer *p);
/* Logs that a connection was closed since there are too many; once a minute, with their number. */
void server_log_closed(struct server *s, const struct server_peer *p);
/* Logs a refused request, with what it was refused for; many in a short time are counted, and one in ten
 * seconds is logged. user may be NULL. */
struct server_refusal {
	int status;
	const char *why, *user, *path;
	const struct server_peer *peer;
};
void server_log_refusal(struct server *s, const struct server_refusal *r);

#endif
