/* SPDX-License-Identifier: MIT */
/* provisioning_answer: finds out whether the manager accepted an event, and if not, why and how long to
 * wait. */
#ifndef PROVISIONING_PROVISIONING_ANSWER_H
#define PROVISIONING_PROVISIONING_ANSWER_H

#include "heartbeat_state.h"
#include "net/https.h"
#include "wire/manager.h"

struct answer_failure { /* why an event was not accepted */
	enum heartbeat_state state;
	/* 1: an administrator has to do something first, so the next try waits according to
	 * retry_until_administrator */
	int needs_administrator;
	char reason[480];
};

/* Returns 0 if the manager accepted the event: *ret is its answer, which the caller frees with
 * manager_answer_done. Otherwise returns -1, and *v says why. An answer that is not XML, or cannot be read,
 * counts as not accepted. */
int answer_classify(const struct https_reply *r, struct manager_answer *ret, struct answer_failure *v);
/* Returns 1 if the answer says with its status that the event was accepted and that there is nothing to do.
 * Other servers answer so, too, so it is enough for a Beat only: Boot and Register need an answer that only
 * managers give. An empty answer with HTTP 200 does not say so: it may be a fault of a program. */
int answer_is_nothing(const struct https_reply *r);

#endif
