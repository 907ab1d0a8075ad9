/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Included last, since its macros have common names. */
#include <term.h>

enum { COLOURS_MIN = 8 };

void screen_open(struct screen *ret)
{
	int found = 0;
	memset(ret, 0, sizeof *ret);
	if (setupterm(NULL, STDOUT_FILENO, &found) != 0) {
		setenv("TERM", "dumb", 1);
		return;
	}
	if (tigetnum("colors") >= COLOURS_MIN) {
		const char *clear = tigetstr("el");
		/* In terminfo a dollar sign begins a delay, which no terminal needs today. */
		if (clear && clear != (const char *)-1)
			snprintf(ret->clear_line, sizeof ret->clear_line, "%.*s", (int)strcspn(clear, "$"),
				 clear);
		ret->is_read = 1;
		ret->has_colours = !getenv("NO_COLOR");
	}
	del_curterm(cur_term);
}
