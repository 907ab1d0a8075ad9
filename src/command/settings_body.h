/* SPDX-License-Identifier: MIT */
/* settings_body: reads settings from the body of a command, which has a line for each setting, as at the
 * terminal or in a settings file, or is a Configuration document. */
#ifndef COMMAND_SETTINGS_BODY_H
#define COMMAND_SETTINGS_BODY_H

#include "command/command.h"
#include "settings/plan.h"

/* Reads the command's body. Returns what it would change, for settings_plan_free. NULL: there are mistakes in
 * it; the command is finished, and its answer lists them. */
struct settings_plan *settings_body_read(struct command *c);
/* Writes the settings that are to be set to `set`, which has room for all of the plan and borrows its texts.
 * If the manager runs the command, all of them are checked as settings_body_check does, also unchanged ones:
 * otherwise it could find out the value of a guarded setting. */
int settings_body_list(const struct command *c, const struct settings_plan *p, struct settings_pair *set,
		       size_t *ret_n, struct err *e);
/* Refuses settings that the manager may not set, if the manager runs the command. Paths are canonical. */
int settings_body_check(const struct command *c, const struct settings_pair *set, size_t n, struct err *e);

#endif
