/* SPDX-License-Identifier: MIT */
/* cutoffs: servers that were accepted at their last handshake and that would be refused now, because
 * settings, roots or revocation lists have been changed since. This is known from what the last handshake
 * showed; nobody is asked. */
#ifndef AGENT_CUTOFFS_H
#define AGENT_CUTOFFS_H

#include "agent/agent.h"
#include "base/buf.h"
#include "trust/verify.h"

enum { CUTOFF_BACK = 400 };

struct cutoff {
	const char *service, *host; /* the service's name in log lines, and its server */
	long code;                  /* OpenSSL's number of what the next handshake would fail with */
	const char *back;           /* what takes the change back: a line for the terminal */
};
/* Returns 1 and *ret if there is an item-th server that was cut off, from 1; 0 after the last one. The texts
 * are borrowed until the next turn of the loop. */
int cutoffs_at(const struct agent *a, unsigned item, struct cutoff *ret);
/* Appends a sentence about each server that the last change has cut off, and that was not before: what
 * happens, and how to go back. Lines end in a newline; nothing is appended if there is none. */
void cutoffs_describe(const struct agent *a, struct buf *out);

#endif
