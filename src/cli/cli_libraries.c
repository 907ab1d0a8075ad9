/* SPDX-License-Identifier: MIT */
#include "base/version.h"
#include "cli/cli.h"

#include <histedit.h>

/* Included last, since its macros have common names. */
#include <curses.h>

#define TEXT_OF(number) #number
#define TEXT(macro)     TEXT_OF(macro)

void cli_libraries(struct version_library ret[CLI_LIBRARIES])
{
	version_set(&ret[0], "libedit", TEXT(LIBEDIT_MAJOR) "." TEXT(LIBEDIT_MINOR) " (when built)");
	/* "ncurses 6.4.20221231" */
	const char *words = curses_version();
	while (*words && (*words < '0' || *words > '9'))
		words++;
	version_set(&ret[1], "ncurses", words);
}
