/* SPDX-License-Identifier: MIT */
/* folder: where a lab is when nobody says where. */
#ifndef LAB_FOLDER_H
#define LAB_FOLDER_H

#include "base/err.h"

#include <stddef.h>

/* Writes the folder: sealpost-lab below XDG_STATE_HOME, else below ~/.local/state. ERR_INPUT if the
 * environment says neither. */
int folder_default(char *ret, size_t size, struct err *e);
/* Makes the folders above it, for this user alone, where they are missing. */
int folder_make_parents(const char *path, struct err *e);

#endif
