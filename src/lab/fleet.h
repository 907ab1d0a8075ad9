/* SPDX-License-Identifier: MIT */
/* fleet: many simple devices in one process, which send events and feedback to a management server, and a
 * report on the server's answers. They write messages as the agent does and keep their connections; they
 * carry out nothing that the server asks for. */
#ifndef LAB_FLEET_H
#define LAB_FLEET_H

#include "fleet_args.h"

/* Runs the devices until the time is over or SIGINT or SIGTERM arrives, and prints the report on standard
 * output. Returns 0; 1 if the server did something that a server must not do; -1 with *e if they could not
 * start. */
int fleet_run(const struct fleet_options *o, struct err *e);

#endif
