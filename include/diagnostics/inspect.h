/* SPDX-License-Identifier: MIT */
/* inspect: verifies the certificates of a server that a person names; nothing is sent to that server. */
#ifndef DIAGNOSTICS_INSPECT_H
#define DIAGNOSTICS_INSPECT_H

#include "agent/agent.h"
#include "base/buf.h"

struct inspection;

struct inspect_request {
	const char *url; /* https; borrowed for the call */
	int64_t at_unix; /* verify as of that moment, in Unix seconds; 0: the trusted date */
	/* 1: shows what any server sends, also without a trusted date and roots, by an address, and
	 * whatever is wrong with it */
	int fetches;
	struct doc *result; /* borrowed until done */
	struct buf *pem;    /* NULL, or borrowed until done: gets the certificates that the server sent */
	/* called once, never before inspect_server has returned */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};
/* Connects to the server, verifies its certificates, sends nothing, and fills result: Outcome and the
 * verdict, the findings, the first date on which verification will fail, and why, and the certificates. 0
 * and *ret; -1: the request is refused at once and done is not called. */
int inspect_server(struct agent *a, const struct inspect_request *r, struct inspection **ret, struct err *e);
/* done will not be called. NULL is fine. */
void inspect_cancel(struct inspection *i);

#endif
