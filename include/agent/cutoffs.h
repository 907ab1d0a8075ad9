/* SPDX-License-Identifier: MIT */
/* cutoffs: finds servers that were accepted at their last handshake and would be refused now, because
 * settings, roots or revocation lists have been changed since. The certificates of the last handshake are
 * verified again; no connection is made. */
#ifndef AGENT_CUTOFFS_H
#define AGENT_CUTOFFS_H

#include "agent/agent.h"
#include "base/buf.h"
#include "trust/verify.h"

enum { CUTOFF_BACK = 400, CUTOFF_LIST = 300 };

struct cutoff {
	const char *service, *host; /* the service's name in log lines, and its server's host */
	const char *list; /* what the service's list of roots has to do with it, in brackets; "": nothing */
	long code;        /* OpenSSL's number of the error with which the next handshake would fail */
	const char *back; /* what takes the change back: a command for the terminal, or a sentence */
};
/* Fills ret with the item-th server that is cut off, counted from 1, and returns 1; 0 after the last one. The
 * texts are borrowed until the next turn of the loop. */
int cutoffs_at(const struct agent *a, unsigned item, struct cutoff *ret);
/* Appends a line about each server that the last change has newly cut off: the consequence, and how to go
 * back; then a line about each list of roots with which it has made something wrong (service/trust_lists.h).
 * Appends nothing if there is none. */
void cutoffs_describe(const struct agent *a, struct buf *out);

#endif
