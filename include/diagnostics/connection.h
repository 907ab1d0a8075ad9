/* SPDX-License-Identifier: MIT */
/* connection: diagnoses one connection step by step. Each step is made as the service makes it. */
#ifndef DIAGNOSTICS_CONNECTION_H
#define DIAGNOSTICS_CONNECTION_H

#include "agent/agent.h"
#include "base/buf.h"
#include "service/service.h"

/* The connection to be diagnosed. The steps are: settings, date, roots, DNS, TCP to each address, TLS, each
 * check of the certificates, HTTP, and the meaning of the answer. With servers that do not use HTTPS
 * (SERVICE_LOGGING, SERVICE_NTS) only the handshake is made, so the last two steps are missing. */
struct connection_request {
	enum service service; /* SERVICE_ANY: the server of url */
	const char *url;      /* of SERVICE_ANY; nothing is posted to it; borrowed for the call */
	int number;           /* as in struct service_request */
	/* of SERVICE_MANAGER: which of its addresses; NULL: the first one; borrowed for the call */
	const char *address;
	struct dns *dns; /* borrowed until done is called; NULL: the agent's, with its cache */
	/* NULL, or borrowed until done is called: gets the certificates that the server sent */
	struct buf *pem;
};
/* Fills result (borrowed until done is called): Outcome; if a step failed, FirstFailure, Found and Hint of
 * the first one that did; Url; a Step for each step, in the order in which they ran: Check, Outcome, Found,
 * Hint, Milliseconds; and a Certificate for each that the server sent. Empty texts and zeros are left out.
 * Then it calls done(arg, err) once, never before this call has returned. A failed connection is a result and
 * not an error: err is ERR_NONE. */
struct connection_check;
struct connection_check *connection_check(struct agent *a, const struct connection_request *r,
					  struct doc *result, void (*done)(void *arg, const struct err *e),
					  void *arg);
/* Cancels the diagnosis: done will not be called. NULL is allowed. */
void connection_check_cancel(struct connection_check *d);

#endif
