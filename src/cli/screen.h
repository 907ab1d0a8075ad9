/* SPDX-License-Identifier: MIT */
/* screen: the capabilities of the terminal, from terminfo. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

struct screen {
	int has_colours;
	/* A person reads it: it can show colours, whether or not they are wanted. */
	int is_read;
	/* clears from the cursor to the end of the line; "": the terminal cannot do that */
	char clear_line[16];
};

/* Asks terminfo about the terminal that TERM names. A terminal without colours gets plain text only, since it
 * is often a program. If terminfo does not know the terminal, it is treated as "dumb"; TERM is changed, too,
 * so that libedit does the same. */
void screen_open(struct screen *ret);

#endif
