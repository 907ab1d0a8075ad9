/* SPDX-License-Identifier: MIT */
/* pki_path: finds the program sealpost-pki. */
#ifndef CLI_PKI_PATH_H
#define CLI_PKI_PATH_H

#include <limits.h>

/* Writes the path of sealpost-pki to ret, in the folder in which this program's own file is; PATH and the
 * working directory have no influence. Returns 0, or -1 with errno. */
int pki_path(char ret[PATH_MAX]);

#endif
