/* SystemUnit: the agent as a whole. */
#include "commands.h"
#include "parts.h"

/* In the next turn, so that the answer goes out. */
static void boot_run(struct command *c)
{
	loop_timer_in(c->session->terminal->boot, 0);
	command_done(c, NULL);
}

const struct command_row commands_system[COMMANDS_SYSTEM_N] = {
	{ "SystemUnit Boot", "Starts the agent anew, in place; the device itself goes on.", NULL, ROLE_ADMIN, 0, boot_run },
	{ "Boot", "What MXP and MPS call SystemUnit Boot.", NULL, ROLE_ADMIN, COMMAND_OLDER_NAME, boot_run },
};
