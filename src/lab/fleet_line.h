/* SPDX-License-Identifier: MIT */
/* fleet_line: the connection of one device of a fleet to one server: HTTP/1.1 over TLS, kept alive. */
#ifndef LAB_FLEET_LINE_H
#define LAB_FLEET_LINE_H

#include "base/buf.h"
#include "base/err.h"
#include "fleet_args.h"
#include "fleet_report.h"

#include <event2/event.h>
#include <openssl/ssl.h>

enum { FLEET_HEADERS = 10, FLEET_ANSWER_MAX = 1 << 20, FLEET_ANSWER_S = 30 };

/* A server's address, and the TLS context with which it is verified. Borrowed by its lines. */
struct fleet_server {
	struct event_base *base;
	SSL_CTX *ctx;
	const struct fleet_url *url;
	char address[FLEET_ADDRESS];
	int port;
	struct fleet_counts *counts;
};

/* Makes the TLS context, which trusts the CA certificates in the file. Fails with ERR_INPUT. */
SSL_CTX *fleet_line_context(const char *roots, struct err *e);

struct fleet_request { /* borrowed for the call */
	enum fleet_service service;
	const char *path;
	const char *headers[FLEET_HEADERS][2]; /* ends at NULL */
	const void *body;
	size_t len;
};
struct fleet_answer {
	int code; /* 0: there is no answer; `failure` says why */
	enum fleet_failure failure;
	const char *body; /* NUL-terminated */
	size_t len;
	int64_t retry_after_s; /* 0: the answer has no Retry-After */
};
/* Called once for each request, which is counted already; not before the call has returned. */
typedef void fleet_done(void *arg, const struct fleet_answer *a);

struct fleet_line;
struct fleet_line *fleet_line_new(const struct fleet_server *server);
/* Callbacks are not called any more. */
void fleet_line_free(struct fleet_line *l);
/* Returns 1 if a request is under way. */
int fleet_line_is_busy(const struct fleet_line *l);
/* Sends the request, on the open connection or on a new one. No other request may be under way. It must not
 * be called from a fleet_done. */
void fleet_line_send(struct fleet_line *l, const struct fleet_request *r, fleet_done *done, void *arg);

struct fleet_mishap {
	const struct fleet_request *request; /* borrowed for the call */
	enum fleet_fault fault;
	fleet_done *done; /* called once; may free the accident */
	void *arg;
};
/* Sends the request on a connection of its own, to which the fault is applied. The answer has the server's
 * status code; 0 if the fault came before it. */
struct fleet_accident;
struct fleet_accident *fleet_accident_new(const struct fleet_server *server, const struct fleet_mishap *m);
void fleet_accident_free(struct fleet_accident *a);

#endif
