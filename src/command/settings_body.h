/* SPDX-License-Identifier: MIT */
/* settings_body: settings as the body of a command: a line for each, as at the terminal, or a Configuration
 * document. */
#ifndef COMMAND_SETTINGS_BODY_H
#define COMMAND_SETTINGS_BODY_H

#include "command/command.h"

struct settings_body {
	struct settings_pair *set; /* with canonical paths; the texts are owned */
	size_t n;
};
/* Reads the command's body. Secrets that are shown as *** stay as they are, and are left out. Returns 0 and
 * *ret, for settings_body_free; -1 with ERR_INPUT: something in it is no setting, or cannot have its value,
 * or there are more than max. */
int settings_body_read(struct command *c, size_t max, struct settings_body **ret, struct err *e);
/* Overwrites the values and frees all. NULL is allowed. */
void settings_body_free(struct settings_body *b);

#endif
