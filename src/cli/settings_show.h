/* SPDX-License-Identifier: MIT */
/* settings_show: writes settings from the agent's answers as lines of a settings file with comments. */
#ifndef CLI_SETTINGS_SHOW_H
#define CLI_SETTINGS_SHOW_H

#include <stdio.h>

/* Writes each setting from those lines of an answer that begin with the mark, with the origin of its value as
 * a comment: `SystemUnit Name: "x"    # Terminal; hides "y" of FILE:3; default ""`. Changes the text. */
void settings_show_origins(char *answer, const char *mark, FILE *out);

#endif
