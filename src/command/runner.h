/* SPDX-License-Identifier: MIT */
/* runner: runs the commands that the external manager sends, with an administrator's roles but within the
 * manager's guards. */
#ifndef COMMAND_RUNNER_H
#define COMMAND_RUNNER_H

#include "command/command_set.h"

struct runner;

/* Registers with the agent as the one who runs commands. boot(arg): see command_set_options. */
struct runner *runner_new(struct command_set *set, void (*boot)(void *arg), void *arg);
/* Ends the commands under way and hands their results to the agent first. NULL is fine. */
void runner_free(struct runner *r);

#endif
