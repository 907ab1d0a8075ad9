/* SPDX-License-Identifier: MIT */
/* commands: all tables. */
#include "commands.h"

#include "settings/settings.h"
#include "control/control.h"

#include <string.h>

const struct command_table command_tables[] = {
	{ commands_diagnose, COMMANDS_DIAGNOSE_N },
	{ commands_feedback, COMMANDS_FEEDBACK_N },
	{ commands_letters, COMMANDS_LETTERS_N },
	{ commands_phonebook, COMMANDS_PHONEBOOK_N },
	{ commands_provisioning, COMMANDS_PROVISIONING_N },
	{ commands_security, COMMANDS_SECURITY_N },
	{ commands_services, COMMANDS_SERVICES_N },
	{ commands_system, COMMANDS_SYSTEM_N },
	{ commands_time, COMMANDS_TIME_N },
};
const size_t command_tables_n = sizeof command_tables / sizeof *command_tables;

/* What the rows with COMMAND_OLDER_NAME stand for. */
static const struct settings_command older[] = {
	{ "Boot", "SystemUnit Boot" },
	{ "CorpDirSearch", "Phonebook Search" },
	{ "FeedbackDeregister", "HttpFeedback Deregister" },
	{ "FeedbackRegister", "HttpFeedback Register" },
	{ "SystemUnit DateTime Get", "Time DateTime Get" },
};

static const char *meaning(const struct command_row *row)
{
	for (size_t i = 0; i < sizeof older / sizeof *older; i++)
		if (row->flags & COMMAND_OLDER_NAME && !strcmp(older[i].path, row->path))
			return older[i].means;
	return NULL;
}

void control_register_names(void)
{
	enum { MAX = 256 };
	static struct settings_command all[MAX + 1]; /* of the process */
	size_t n = 0;
	for (size_t t = 0; t < command_tables_n; t++)
		for (size_t i = 0; i < command_tables[t].n && n < MAX; i++) {
			const struct command_row *row = &command_tables[t].rows[i];
			all[n++] = (struct settings_command){ row->path, meaning(row) };
		}
	settings_know_commands(all);
}
