/* Time: what an administrator can do about the date that certificates are judged on. */
#include "commands.h"

static void reset_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	agent_time_reset(command_agent(c), &e);
	command_done(c, &e);
}

const struct command_row commands_time[COMMANDS_TIME_N] = {
	{ "Time Floor Reset", "Forgets the stored date below which no time is believed, and learns the time anew: for a device that once "
	  "believed a date in the future.", NULL, ROLE_ADMIN, 0, reset_run },
};
