/* SPDX-License-Identifier: MIT */
/* folder: the default folder of a lab. */
#ifndef LAB_FOLDER_H
#define LAB_FOLDER_H

#include "base/err.h"

#include <stddef.h>

/* Writes the folder's path: sealpost-lab below XDG_STATE_HOME, or else below ~/.local/state. Fails with
 * ERR_INPUT if the environment has neither XDG_STATE_HOME nor HOME. */
int folder_default(char *ret, size_t size, struct err *e);
/* Makes missing folders above the path, for this user only. */
int folder_make_parents(const char *path, struct err *e);

#endif
