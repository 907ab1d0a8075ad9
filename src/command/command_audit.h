/* SPDX-License-Identifier: MIT */
/* command_audit: writes audit lines about commands. */
#ifndef COMMAND_COMMAND_AUDIT_H
#define COMMAND_COMMAND_AUDIT_H

#include "command/command.h"

/* To be called for each command that has been answered. Its changes are audited as made by its caller. Its
 * refusal is audited if its row wants that (COMMAND_AUDITED, COMMAND_AUDITED_REFUSAL), or if the caller lacks
 * a role. */
void command_audit(struct command *c);

#endif
