/* SPDX-License-Identifier: MIT */
/* runner: runs the commands that the external manager sends, with an administrator's roles, but restricted by
 * the manager's guards. */
#ifndef COMMAND_RUNNER_H
#define COMMAND_RUNNER_H

#include "command/command_set.h"

struct runner;

/* Registers with provisioning as the runner of the manager's commands. restart(arg) is called as restart of
 * struct command_set_options. */
struct runner *runner_new(struct command_set *set, void (*restart)(void *arg), void *arg);
/* Ends the running commands, passes their results to provisioning, and frees the runner. NULL is allowed. */
void runner_free(struct runner *r);

#endif
