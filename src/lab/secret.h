/* SPDX-License-Identifier: MIT */
/* secret: a password from a file, or asked at the terminal; never from an argument, which others can read. */
#ifndef LAB_SECRET_H
#define LAB_SECRET_H

#include "base/err.h"

enum { SECRET_MAX = 1024 };

/* Reads the first line of the file, "-" being standard input; NULL: asks at the terminal, which shows nothing
 * of what is typed. Wipe ret afterwards. */
int secret_read(const char *path, const char *prompt, char ret[SECRET_MAX], struct err *e);

#endif
