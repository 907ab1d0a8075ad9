/* SPDX-License-Identifier: MIT */
/* connection: diagnoses one connection step by step. Each step is made as the service makes it. */
#ifndef DIAGNOSTICS_CONNECTION_H
#define DIAGNOSTICS_CONNECTION_H

#include "agent/agent.h"
#include "base/buf.h"
#include "service/service.h"

/* The connection to be diagnosed. The steps: settings, date, roots, DNS, TCP to each address, TLS, each check
 * of the certificates, HTTP, and what the answer means. The last two do not exist for servers that speak no
 * HTTPS (SERVICE_LOGGING, SERVICE_NTS), to which nothing is sent but the handshake. */
struct connection_request {
	enum service service; /* SERVICE_ANY: the URL */
	const char *url;      /* of SERVICE_ANY, to which nothing is posted; borrowed for the call */
	int slot;             /* of SERVICE_FEEDBACK */
	int server;           /* of SERVICE_NTS: number of the time server, from 1 */
	const char *address;  /* of SERVICE_MANAGER: NULL, or not the first one; borrowed for the call */
	struct dns *dns;      /* borrowed until done; NULL: the agent's, with what is in its cache */
	struct buf *pem;      /* NULL, or borrowed until done: gets the certificates that the server sent */
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
