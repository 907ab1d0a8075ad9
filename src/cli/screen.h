/* SPDX-License-Identifier: MIT */
/* screen: the capabilities of the terminal, from terminfo. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

struct screen {
	int has_colours;
	/* 1: a person reads it: the terminal can show colours, whether or not they are wanted */
	int is_read;
	/* the sequence that clears from the cursor to the end of the line; "": the terminal has none */
	char clear_line[16];
};

/* Reads the terminfo entry of the terminal that TERM names. A terminal without colours gets plain text only,
 * since it is often a program. If terminfo does not know the terminal, it is treated as "dumb", and TERM is
 * changed to that, so that libedit does the same. */
void screen_open(struct screen *ret);

#endif
