/* commands: the tables of rows, a file each. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "command.h"

enum { COMMANDS_FEEDBACK_N = 5, COMMANDS_SECURITY_N = 4, COMMANDS_SYSTEM_N = 3 };

extern const struct command_row commands_feedback[COMMANDS_FEEDBACK_N];
extern const struct command_row commands_security[COMMANDS_SECURITY_N];
extern const struct command_row commands_system[COMMANDS_SYSTEM_N];

/* Fills a result with what is known of every uploaded root, a Details item each. */
void commands_security_list(const struct agent *a, struct doc *result);

#endif
