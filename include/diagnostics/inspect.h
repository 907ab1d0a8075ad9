/* SPDX-License-Identifier: MIT */
/* inspect: verifies the certificates of a server that a person names; nothing is sent to that server. */
#ifndef DIAGNOSTICS_INSPECT_H
#define DIAGNOSTICS_INSPECT_H

#include "agent/agent.h"

struct inspection;

/* Connects to the server of an https URL, verifies its certificates, sends nothing, and fills result
 * (borrowed until done): the verdict, the findings, and the first date on which verification will fail, and
 * why. at_unix: as of that moment, in Unix seconds; 0: the trusted date. done(arg, err) is called once, never
 * before this call has returned. 0 and *ret; -1: the request is refused at once and done is not called. */
int inspect_server(struct agent *a, const char *url, int64_t at_unix, struct doc *result,
		   void (*done)(void *arg, const struct err *e), void *arg, struct inspection **ret,
		   struct err *e);
/* done will not be called. NULL is fine. */
void inspect_cancel(struct inspection *i);

#endif
