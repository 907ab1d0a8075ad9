/* SPDX-License-Identifier: MIT */
/* rows_provisioning: the commands Provisioning, about the external manager. */
#include "command_rows.h"

#include "provisioning/provisioning.h"

static void start_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	provisioning_register(agent_provisioning(command_agent(c)), &e);
	command_done(c, &e);
}

const struct command_row rows_provisioning[ROWS_PROVISIONING_N] = {
	{ "Provisioning StartProvisioning",
	  "Registers with the external manager at once, without waiting for the next event.", NULL,
	  ROLE_ADMIN, 0, start_run, 0 },
};
