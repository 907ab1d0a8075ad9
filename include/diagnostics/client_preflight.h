/* SPDX-License-Identifier: MIT */
/* client_preflight: what the configured servers would say of a new own certificate, before it is added. */
#ifndef DIAGNOSTICS_CLIENT_PREFLIGHT_H
#define DIAGNOSTICS_CLIENT_PREFLIGHT_H

#include "agent/agent.h"
#include "agent/security.h"

struct client_preflight;

/* Reads the upload as security_own_put does, changes nothing, and shows the certificate to every
 * configured server, unless its purpose is HTTPS. result (borrowed until done) gets what there is to say of
 * the upload, and an item Server for each: whether it asks for a certificate, and whether it takes this one.
 * done(arg, err) is called once, never before this call has returned. 0 and *ret; -1: the upload is refused,
 * and done is not called. */
struct client_preflight_request {
	struct security_own_request own; /* borrowed for the call */
	struct doc *result;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
int client_preflight_start(struct agent *a, const struct client_preflight_request *r,
			   struct client_preflight **ret, struct err *e);
/* Nobody waits for the answer any more. NULL is fine. */
void client_preflight_cancel(struct client_preflight *t);

#endif
