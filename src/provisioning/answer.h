/* SPDX-License-Identifier: MIT */
/* answer: tells whether the manager took an event, and if not, why and how long to wait. */
#ifndef PROVISIONING_ANSWER_H
#define PROVISIONING_ANSWER_H

#include "heartbeat_state.h"
#include "net/https.h"
#include "wire/manager.h"

struct answer_failure { /* why an event was not taken */
	enum heartbeat_state state;
	int hold; /* an administrator has to act first, so the next try can wait for longer */
	char reason[480];
};

/* 0: the event was taken, and *ret is the answer, to be freed with manager_answer_done. -1: it was not,
 * and *v says why. An answer that cannot be read, or is no XML, counts as none. */
int answer_classify(const struct https_reply *r, struct manager_answer *ret, struct answer_failure *v);

#endif
