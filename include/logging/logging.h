/* SPDX-License-Identifier: MIT */
/* logging: sends log lines to a log server: RFC 5424 over TLS (RFC 5425), never without TLS. Lines are stored
 * before they are sent, and deleted when the server's TCP has acknowledged them, so the server may get lines
 * twice after a connection broke. A line is in memory only for at most a fifth of a second before it is
 * stored. */
#ifndef LOGGING_LOGGING_H
#define LOGGING_LOGGING_H

#include "net/tls_stream.h"
#include "settings/settings.h"
#include "store/store.h"

struct logging;

struct logging_options {
	struct tls_stream_world world; /* its on_verdict is called for the log server's certificate */
	struct store *store;           /* borrowed */
	const char *app_name;          /* "sealpostd"; borrowed */
	/* Writes the device's host name, which every line has, to ret; "" if it has none. */
	void (*host_name)(void *arg, char *ret, size_t size);
	/* Commits the store's transaction to disk, as store_commit does. */
	int (*commit)(void *arg, struct err *e);
	void *arg;
};
/* From now on it receives all lines of base/log. */
struct logging *logging_new(const struct logging_options *o);
/* Stores the lines that are not stored yet. NULL is allowed. */
void logging_free(struct logging *l);
/* Reads mode, server and limits; if the server or its verification has changed, connects again. */
void logging_configure(struct logging *l, const struct settings *s);
/* To be called when the network is back, or roots or settings of verification have changed: tries to connect
 * now and ends a pause. */
void logging_retry(struct logging *l);
/* To be called when the device has lost an address or a route: ends a connection that went through it. */
void logging_end_lost(struct logging *l);

#endif
