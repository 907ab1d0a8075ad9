/* SPDX-License-Identifier: MIT */
/* input: cuts the bytes of a session into lines and bodies, and runs them as commands. */
#ifndef CONTROL_INPUT_H
#define CONTROL_INPUT_H

#include "control_internal.h"
#include "control/control.h"

enum { INPUT_MAX = CONTROL_LINE_MAX + COMMAND_BODY_MAX + (256 << 10) };

/* Reads the input that has arrived, and begins commands until no whole line is left, a command has to wait
 * for the answers to earlier ones (s->must_wait), or the budget of commands is used up. Returns 1 if the
 * session's first command is finished, so that its answer can be written. */
int input_take(struct session *s, unsigned *budget);
/* Wipes the line that waits for its body. */
void input_forget_held(struct session *s);

#endif
