/* SystemUnit: the agent as a whole. */
#include "commands.h"
#include "parts.h"

static void boot_run(struct command *c)
{
	terminal_boot(c->session->terminal, c->session);
	command_done(c, NULL);
}

/* Pasted scripts set it; saying why not is better than keeping a secret that opens nothing. */
static void password_run(struct command *c)
{
	struct err e;
	err_set(&e, ERR_CONFIG, 0, "this agent listens on no network socket and so has no password; "
		"those of the operating system are changed with passwd");
	command_done(c, &e);
}

static const struct command_param password_params[] = {
	{ "Password", { .kind = SCHEMA_STRING, .min = 0, .max = 255, .flags = SCHEMA_SECRET }, NULL,
	  "The password.", PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

const struct command_row commands_system[COMMANDS_SYSTEM_N] = {
	{ "SystemUnit AdminPassword Set", "Refused with the reason: there is nothing to log in to.",
	  password_params, ROLE_ADMIN, 0, password_run },
	{ "SystemUnit Boot", "Starts the agent anew, in place; the device itself goes on.",
	  NULL, ROLE_ADMIN, 0, boot_run },
	{ "Boot", "What MXP and MPS call SystemUnit Boot.", NULL, ROLE_ADMIN, COMMAND_OLDER_NAME, boot_run },
};
