/* commands: all tables. */
#include "commands.h"

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
