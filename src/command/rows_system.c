/* SPDX-License-Identifier: MIT */
/* rows_system: the commands SystemUnit, about the agent as a whole. The administrator's password is in
 * rows_users. */
#include "command_rows.h"

#include <string.h>
#include <sysexits.h>

static const struct command_param boot_params[] = {
	{ "Action", SCHEMA_LIT("Restart/Shutdown"), "Restart",
	  "Shutdown is refused, because the agent does not control the device.", 0, 0 },
	{ .name = NULL },
};

static void boot_run(struct command *c)
{
	struct err e;
	if (command_arg_is(c, "Action", "Shutdown")) {
		err_set(&e, ERR_INPUT, 0,
			"Action: Shutdown is refused: this agent only starts itself anew; the operating "
			"system switches the device off (shutdown -h now)");
		command_done(c, &e);
		return;
	}
	c->restarts = 1;
	command_done(c, NULL);
}

static void software_run(struct command *c)
{
	const char *build = agent_build(command_agent(c));
	if (c->by.mode == OUTPUT_TERMINAL) {
		buf_adds(&c->text, build);
		c->kind = ANSWER_TEXT;
		command_finish(c, EX_OK);
		return;
	}
	doc_add_value(command_result(c), "Text", DOC_STRING, build);
	command_finish(c, EX_OK);
}

static void storage_run(struct command *c)
{
	agent_storage(command_agent(c), command_result(c));
	command_finish(c, EX_OK);
}

const struct command_row rows_system[ROWS_SYSTEM_N] = {
	{ "SystemUnit Boot", "Restarts the agent in the same process; the device itself keeps running.",
	  boot_params, ROLE_ADMIN, COMMAND_AUDITED, boot_run, 0 },
	{ "SystemUnit Software Show",
	  "Shows version, build and libraries of the agent that runs, as sealpostd -V -v prints them.", NULL,
	  ROLE_USER, 0, software_run, 0 },
	{ "SystemUnit Storage Show",
	  "Shows whether the store can be written, the free bytes beside it, and its files with their sizes.",
	  NULL, ROLE_ADMIN, 0, storage_run, 0 },
	{ "Boot", "What MXP and MPS call SystemUnit Boot.", boot_params, ROLE_ADMIN,
	  COMMAND_OLDER_NAME | COMMAND_AUDITED, boot_run, 0 },
};
