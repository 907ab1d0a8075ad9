/* SPDX-License-Identifier: MIT */
/* client_preflight: finds out whether the configured servers accept a new own certificate before it is
 * added. */
#ifndef DIAGNOSTICS_CLIENT_PREFLIGHT_H
#define DIAGNOSTICS_CLIENT_PREFLIGHT_H

#include "agent/agent.h"
#include "agent/security.h"

struct client_preflight;

/* Reads the upload as security_own_put does, adds nothing, and shows the certificate to every configured
 * server, unless its purpose is HTTPS. result (borrowed until done is called) gets remarks about the upload,
 * and an item Server for each server: whether it asks for a certificate, and whether it accepts this one.
 * done(arg, err) is called once, never before this call has returned. Returns 0 and *ret; -1 if the upload is
 * refused: done is not called. */
struct client_preflight_request {
	struct security_own_request own; /* borrowed for the call */
	struct doc *result;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
int client_preflight_start(struct agent *a, const struct client_preflight_request *r,
			   struct client_preflight **ret, struct err *e);
/* Cancels it: done will not be called. NULL is allowed. */
void client_preflight_cancel(struct client_preflight *t);

#endif
