/* SPDX-License-Identifier: MIT */
/* settings_show: settings out of the agent's answers, as lines of a settings file with a comment. */
#ifndef CLI_SETTINGS_SHOW_H
#define CLI_SETTINGS_SHOW_H

#include <stdio.h>

/* Writes each setting of an answer whose lines begin with the mark, and where its value comes from:
 * `SystemUnit Name: "x"    # Terminal; hides "y" of FILE:3; default ""`. The text is changed. */
void settings_show_origins(char *answer, const char *mark, FILE *out);

#endif
