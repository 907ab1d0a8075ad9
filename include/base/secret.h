/* SPDX-License-Identifier: MIT */
/* secret: reads a password or a passphrase from a file or from the terminal; never from an argument, which
 * other users could see. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

enum { SECRET_MAX = 1024 };

/* Both functions read one line, which may be empty. The caller wipes ret afterwards. */

/* Reads the first line of the file ("-": standard input, of which nothing more is consumed). what: "password"
 * or "passphrase", for errors. */
int secret_from_file(const char *path, const char *what, char ret[SECRET_MAX], struct err *e);
/* Asks at the terminal, without echo. Fails with ERR_DENIED if there is none. */
int secret_ask(const char *prompt, char ret[SECRET_MAX], struct err *e);

#endif
