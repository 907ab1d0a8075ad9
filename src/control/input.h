/* SPDX-License-Identifier: MIT */
/* input: cuts the bytes of a session into lines and bodies, and runs them as commands. */
#ifndef CONTROL_INPUT_H
#define CONTROL_INPUT_H

#include "internal.h"
#include "control/control.h"

enum { INPUT_MAX = CONTROL_LINE_MAX + COMMAND_BODY_MAX + (256 << 10) };

/* Takes what has come so far: begins commands until there is no whole line left, a command has to wait for
 * the answers of those before it (s->must_wait), or the budget is used up. Returns 1 when commands were begun
 * that are finished already. */
int input_take(struct session *s, unsigned *budget);
/* Wipes the line that waits for its body. */
void input_forget_held(struct session *s);

#endif
