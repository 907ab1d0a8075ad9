/* SPDX-License-Identifier: MIT */
/* manager_judge: what an answer of the manager means. */
#ifndef AGENT_MANAGER_JUDGE_H
#define AGENT_MANAGER_JUDGE_H

#include "provisioning/manager.h"

struct manager_verdict { /* why it is no good */
	enum manager_state state;
	int hold; /* an administrator has to do something: no hurry to try again */
	char reason[480];
};

/* 0 and the answer (manager_answer_done), or -1 and the verdict. */
int manager_judge(const struct https_reply *r, struct manager_answer *ret, struct manager_verdict *v);

#endif
