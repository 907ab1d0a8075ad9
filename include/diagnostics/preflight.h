/* SPDX-License-Identifier: MIT */
/* preflight: tries a change of the trusted root certificates against every configured server before it is
 * made.
 *
 * A change by which a server that is trusted now would become untrusted is refused, unless it is forced. To
 * find this out, the agent connects to every configured server and every feedback registration, and verifies
 * its certificates with the roots as they would be after the change. */
#ifndef DIAGNOSTICS_PREFLIGHT_H
#define DIAGNOSTICS_PREFLIGHT_H

#include "agent/agent.h"
#include "diagnostics/confirmation.h"

enum preflight_change { PREFLIGHT_ADD, PREFLIGHT_REPLACE, PREFLIGHT_DELETE };
struct preflight_request {
	enum preflight_change what;
	const char *text; /* for ADD and REPLACE: certificates in PEM or DER; borrowed for the call */
	size_t len;
	const char *fingerprint; /* for DELETE; borrowed for the call */
	/* ADD: the only host for which the certificate is trusted; NULL: it is trusted for all hosts. DELETE:
	 * the host whose pin is deleted; NULL: the root is deleted. */
	const char *pin_host;
	int pin_only;     /* ADD with pin_host: the host is trusted by its pins alone */
	const char *name; /* ADD: of the roots; NULL or "": none is given; borrowed for the call */
	int strict;       /* ADD, REPLACE: nothing is added unless all certificates can serve */
	int dry_run;      /* 1: reports the effect of the change without making it */
	/* NULL, or: the change is taken back unless it is confirmed in time; borrowed */
	const struct confirmation_request *confirm;
	int force; /* 1: change the roots whatever the servers' certificates are */
};

struct preflight;

/* Begins the change. Remarks about each certificate and server are added to result (borrowed until done is
 * called). done(arg, err) is called once, never before this call has returned. Returns 0 and *ret; -1 if the
 * request is refused at once: done is not called. Servers are not connected to if their certificates could
 * not change the decision: when roots are added, or the change is forced. */
int preflight_start(struct agent *a, const struct preflight_request *r, struct doc *result,
		    void (*done)(void *arg, const struct err *e), void *arg, struct preflight **ret,
		    struct err *e);
/* Cancels the change if it has not been made yet: done will not be called. NULL is allowed. */
void preflight_cancel(struct preflight *t);

#endif
