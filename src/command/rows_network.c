/* SPDX-License-Identifier: MIT */
/* rows_network: the command Network DNS Flush and the like: what an administrator can do about names and
 * addresses of servers. */
#include "agent/agent.h"
#include "command_rows.h"

static void flush_run(struct command *c)
{
	agent_dns_flush(command_agent(c));
	command_done(c, NULL);
}

const struct command_row rows_network[ROWS_NETWORK_N] = {
	{ "Network DNS Flush",
	  "Deletes the cached answers of name servers, and retries at once all servers that gave no answer.",
	  NULL, ROLE_ADMIN, 0, flush_run, 0 },
};
