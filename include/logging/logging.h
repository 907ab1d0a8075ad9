/* SPDX-License-Identifier: MIT */
/* logging: sends log lines to a log server: RFC 5424 over TLS (RFC 5425), never without TLS. Lines are
 * stored before they are sent, and deleted when the TCP of the server's side has acknowledged them; so
 * lines may come twice after a connection broke. At most one fifth of a second of lines is not stored yet. */
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
	/* Writes the device's name for the lines, "" if it has none. */
	void (*host_name)(void *arg, char *ret, size_t size);
	/* Makes all changes of the store durable, as store_commit. */
	int (*commit)(void *arg, struct err *e);
	void *arg;
};
/* Lines are taken from base/log from now on. */
struct logging *logging_new(const struct logging_options *o);
/* Stores what is not stored yet. NULL is allowed. */
void logging_free(struct logging *l);
/* Reads mode, server and limits; a connection is made anew if it must be another one. */
void logging_configure(struct logging *l, const struct settings *s);
/* The network has come back, or certificates are verified with something else now: does not wait any
 * longer. */
void logging_retry(struct logging *l);
/* The device has lost an address or a route. */
void logging_end_lost(struct logging *l);

#endif
