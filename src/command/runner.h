/* SPDX-License-Identifier: MIT */
/* runner: runs the commands that the external manager sends, as a session of an administrator would, and
 * gathers the answers. */
#ifndef RUNNER_H
#define RUNNER_H

#include "../control/internal.h"

struct runner;

/* Registers with the agent as the one who runs commands. */
struct runner *runner_new(struct control *t);
void runner_free(struct runner *r);

#endif
