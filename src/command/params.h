/* SPDX-License-Identifier: MIT */
/* params: reads the parameters of a command and checks them against its row. */
#ifndef COMMAND_PARAMS_H
#define COMMAND_PARAMS_H

#include "command/command.h"

/* Reads the words that follow the command's path into c->args; c->row must be set. Fails with ERR_INPUT; the
 * error names the parameter. */
int params_take(struct command *c, const struct line_word *words, size_t n, struct err *e);

#endif
