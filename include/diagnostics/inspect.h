/* SPDX-License-Identifier: MIT */
/* inspect: verifies the certificates of a server that a person names; nothing is sent to that server. */
#ifndef DIAGNOSTICS_INSPECT_H
#define DIAGNOSTICS_INSPECT_H

#include "agent/agent.h"
#include "settings/settings.h"
#include "base/buf.h"

struct inspection;

struct inspect_request {
	const char *url; /* https; borrowed for the call */
	int64_t at_unix; /* moment for which to verify, in Unix seconds; 0: the trusted date */
	/* 1: shows the certificates of any server, also without a trusted date and roots, with an address
	 * instead of a name, and whatever the verdict is */
	int fetches;
	/* the service whose roots are trusted; SETTINGS_TRUST_NONE: all of them */
	enum settings_trust_service trusts_as;
	struct doc *result; /* borrowed until done is called */
	/* NULL, or borrowed until done is called: gets the certificates that the server sent */
	struct buf *pem;
	/* called once, never before inspect_server has returned */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
/* Connects to the server, verifies its certificates, sends no document, and fills result: Outcome and the
 * verdict, the findings, the first date on which verification will fail, and why, and the certificates.
 * Returns 0 and *ret; -1 if the request is refused at once: done is not called. */
int inspect_server(struct agent *a, const struct inspect_request *r, struct inspection **ret, struct err *e);
/* Cancels it: done will not be called. NULL is allowed. */
void inspect_cancel(struct inspection *i);

#endif
