/* SPDX-License-Identifier: MIT */
/* connection: diagnoses one connection step by step, as the service that uses it would make it. */
#ifndef DIAGNOSTICS_CONNECTION_H
#define DIAGNOSTICS_CONNECTION_H

#include "agent/agent.h"
#include "service/service.h"

/* One connection, as production makes it: settings, date, roots, DNS, TCP to each address, TLS, each check of
 * the certificates, HTTP and what the answer means. result gets a Step for each: Check, Found, Hint,
 * Milliseconds, Outcome. */
struct connection_request {
	enum service service; /* SERVICE_ANY: the URL */
	const char *url;      /* SERVICE_ANY; borrowed for the call. Nothing is posted to it */
	int slot;             /* SERVICE_FEEDBACK */
};
/* Fills result (borrowed until done), then done(arg, err) once, never before the call returned; a connection
 * that fails is an answer, so err is ERR_NONE. */
struct connection_check;
struct connection_check *connection_check(struct agent *a, const struct connection_request *r,
					  struct doc *result, void (*done)(void *arg, const struct err *e),
					  void *arg);
/* NULL is fine. */
void connection_check_cancel(struct connection_check *d);

#endif
