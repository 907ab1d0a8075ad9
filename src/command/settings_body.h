/* SPDX-License-Identifier: MIT */
/* settings_body: reads settings from the body of a command, which has a line for each setting, as at the
 * terminal, or is a Configuration document. */
#ifndef COMMAND_SETTINGS_BODY_H
#define COMMAND_SETTINGS_BODY_H

#include "command/command.h"

struct settings_body {
	struct settings_pair *set; /* with canonical paths; the texts are owned */
	size_t n;
};
/* Reads the command's body. A secret that is written as *** is left out: it stays unchanged. Returns 0 and
 * *ret, which the caller frees with settings_body_free; -1 with ERR_INPUT if a part of it is no setting, or a
 * setting cannot have its value, or there are more than max. */
int settings_body_read(struct command *c, size_t max, struct settings_body **ret, struct err *e);
/* Overwrites the values and frees everything. NULL is allowed. */
void settings_body_free(struct settings_body *b);

#endif
