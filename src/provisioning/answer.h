/* SPDX-License-Identifier: MIT */
/* answer_classify: what an answer of the manager means. */
#ifndef PROVISIONING_ANSWER_H
#define PROVISIONING_ANSWER_H

#include "heartbeat_state.h"
#include "net/https.h"
#include "wire/manager.h"

struct answer_failure { /* why it is no good */
	enum heartbeat_state state;
	int hold; /* an administrator has to do something: no hurry to try again */
	char reason[480];
};

/* 0 and the answer (manager_answer_done), or -1 and the verdict. */
int answer_classify(const struct https_reply *r, struct manager_answer *ret, struct answer_failure *v);

#endif
