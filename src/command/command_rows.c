/* SPDX-License-Identifier: MIT */
/* command_rows: joins all tables of commands. */
#include "command_rows.h"

#include "base/mem.h"
#include "command/command_set.h"
#include "settings/settings.h"
#include "tree.h"

#include <string.h>

const struct command_table command_tables[] = {
	{ rows_configuration, ROWS_CONFIGURATION_N },
	{ rows_diagnose, ROWS_DIAGNOSE_N },
	{ rows_enforce, ROWS_ENFORCE_N },
	{ rows_feedback, ROWS_FEEDBACK_N },
	{ rows_logging, ROWS_LOGGING_N },
	{ rows_network, ROWS_NETWORK_N },
	{ rows_queue, ROWS_QUEUE_N },
	{ rows_phonebook, ROWS_PHONEBOOK_N },
	{ rows_provisioning, ROWS_PROVISIONING_N },
	{ rows_requests, ROWS_REQUESTS_N },
	{ rows_security, ROWS_SECURITY_N },
	{ rows_services, ROWS_SERVICES_N },
	{ rows_system, ROWS_SYSTEM_N },
	{ rows_time, ROWS_TIME_N },
	{ rows_users, ROWS_USERS_N },
};
const size_t command_tables_n = sizeof command_tables / sizeof *command_tables;

/* The current names of the commands whose rows have COMMAND_OLDER_NAME. */
static const struct settings_command older[] = {
	{ "Boot", "SystemUnit Boot" },
	{ "CorpDirSearch", "Phonebook Search" },
	{ "FeedbackDeregister", "HttpFeedback Deregister" },
	{ "FeedbackRegister", "HttpFeedback Register" },
	{ "Security Certificates Services CSR Create", "Security Certificates CSR Create" },
	{ "Security Certificates Services CSR Delete", "Security Certificates CSR Delete" },
	{ "Security Certificates Services CSR Link", "Security Certificates CSR Link" },
	{ "Security Certificates Services CSR List", "Security Certificates CSR List" },
	{ "Security Certificates Services CSR Show", "Security Certificates CSR Show" },
	{ "SystemUnit DateTime Get", "Time DateTime Get" },
};

static const char *meaning(const struct command_row *row)
{
	for (size_t i = 0; i < sizeof older / sizeof *older; i++)
		if (row->flags & COMMAND_OLDER_NAME && !strcmp(older[i].path, row->path))
			return older[i].means;
	return NULL;
}

void command_set_register_names(void)
{
	size_t n = 0;
	while (tree_command(n))
		n++;
	/* the list ends at path NULL; the settings keep it */
	struct settings_command *all = mem_array(n + 1, sizeof *all);
	for (size_t i = 0; i < n; i++)
		all[i] = (struct settings_command){ tree_command(i)->path, meaning(tree_command(i)) };
	settings_know_commands(all);
}
