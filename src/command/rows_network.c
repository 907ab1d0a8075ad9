/* SPDX-License-Identifier: MIT */
/* rows_network: the command Network DNS Flush and the like: what an administrator can do about names and
 * addresses of servers. */
#include "agent/agent.h"
#include "rows.h"

static void flush_run(struct command *c)
{
	agent_dns_flush(command_agent(c));
	command_done(c, NULL);
}

const struct command_row rows_network[ROWS_NETWORK_N] = {
	{ "Network DNS Flush",
	  "Forgets what name servers have answered, and tries at once what got no answer from its server.",
	  NULL, ROLE_ADMIN, 0, flush_run, 0 },
};
