/* SPDX-License-Identifier: MIT */
/* screen: what terminfo says of the terminal. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

struct screen {
	int has_colours;
	char clear_line[16]; /* from the cursor to the end of the line; "" when it cannot */
};

/* Asks terminfo about the terminal that TERM names. A terminal without colours gets nothing but text,
 * since it is often a program. One that terminfo does not know is treated as dumb, in the environment as
 * well, so that libedit treats it so. */
void screen_open(struct screen *ret);

#endif
