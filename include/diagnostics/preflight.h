/* SPDX-License-Identifier: MIT */
/* preflight: a change of the trusted root certificates is tried against every configured server before it is
 * made.
 *
 * A change that would make a server untrusted which is trusted now is refused, unless it is forced: every
 * configured server and every feedback registration is asked for its certificate, which is verified by the
 * roots as they would be. */
#ifndef DIAGNOSTICS_PREFLIGHT_H
#define DIAGNOSTICS_PREFLIGHT_H

#include "agent/agent.h"

enum preflight_change { PREFLIGHT_ADD, PREFLIGHT_REPLACE, PREFLIGHT_DELETE };
struct preflight_request {
	enum preflight_change what;
	const char *text; /* ADD, REPLACE: PEM or DER; borrowed for the call */
	size_t len;
	const char *fingerprint; /* DELETE; borrowed for the call */
	/* ADD: the certificate is an anchor for this host only; NULL: for all hosts. DELETE: this pin; NULL:
	 * the root. */
	const char *pin_host;
	int pin_only; /* ADD with pin_host: the host is trusted by its pins alone */
	int strict;   /* ADD, REPLACE: nothing is taken unless all certificates can serve */
	int dry_run;  /* show what would be, change nothing */
	int force;    /* change the roots whatever the servers' certificates say */
};

struct preflight;

/* Begins the change. result (borrowed until done) gets what there is to say of each certificate and server;
 * done(arg, err) is called once, never before this call has returned. 0 and *ret; -1: the request is refused
 * at once and done is not called. A change that needs no server's answer (adding roots, or a forced change)
 * asks none. */
int preflight_start(struct agent *a, const struct preflight_request *r, struct doc *result,
		    void (*done)(void *arg, const struct err *e), void *arg, struct preflight **ret,
		    struct err *e);
/* Nobody waits for the answer any more; what was not yet changed stays as it is. NULL is fine. */
void preflight_cancel(struct preflight *t);

#endif
