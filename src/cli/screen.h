/* SPDX-License-Identifier: MIT */
/* screen: what terminfo says of the terminal. */
#ifndef SCREEN_H
#define SCREEN_H

struct screen {
	int has_colours;
	char clear_line[16]; /* from the cursor to the end of the line; "" when it cannot */
};

/* Looks TERM up. One without colours gets nothing but text: as often as not it is a program. A terminal that
 * terminfo does not know is treated as dumb, in the environment, too, so that libedit does. */
void screen_open(struct screen *ret);

#endif
