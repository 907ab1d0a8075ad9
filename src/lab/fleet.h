/* SPDX-License-Identifier: MIT */
/* fleet: many small devices in one process, which send events and feedback to a management server, and what
 * the server made of them. They write the messages of the agent and keep their connections; they carry out
 * nothing of what the server asks for. */
#ifndef LAB_FLEET_H
#define LAB_FLEET_H

#include "fleet_args.h"

/* Runs them until the time is over or SIGINT or SIGTERM comes, and prints the report on standard output.
 * Returns 0; 1 if the report has something that a server must not do; -1 with *e if they could not start. */
int fleet_run(const struct fleet_options *o, struct err *e);

#endif
