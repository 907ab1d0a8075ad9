/* SPDX-License-Identifier: MIT */
/* runner: runs the commands that the external manager sends, with an administrator's roles but within the
 * manager's guards. */
#ifndef RUNNER_H
#define RUNNER_H

#include "command/command_set.h"

struct runner;

/* Registers with the agent as the one who runs commands. boot(arg): see command_set_options. */
struct runner *runner_new(struct command_set *set, void (*boot)(void *arg), void *arg);
/* The agent is told first what the commands under way have come to. NULL is fine. */
void runner_free(struct runner *r);

#endif
