/* SPDX-License-Identifier: MIT */
/* secret: reads a password from a file or from the terminal; never from an argument, which other users could
 * see. */
#ifndef LAB_SECRET_H
#define LAB_SECRET_H

#include "base/err.h"

enum { SECRET_MAX = 1024 };

/* Reads the first line of the file ("-": standard input); NULL: asks at the terminal, without echo. The
 * caller wipes ret afterwards. */
int secret_read(const char *path, const char *prompt, char ret[SECRET_MAX], struct err *e);

#endif
