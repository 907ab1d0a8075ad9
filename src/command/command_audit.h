/* SPDX-License-Identifier: MIT */
/* command_audit: what of a command goes into the audit. */
#ifndef COMMAND_COMMAND_AUDIT_H
#define COMMAND_COMMAND_AUDIT_H

#include "command/command.h"

/* To be called for each command that has been answered: what it changed is audited as the caller's work,
 * and so is its refusal where its row wants that, or where the caller lacks a role. */
void command_audit(struct command *c);

#endif
