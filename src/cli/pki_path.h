/* SPDX-License-Identifier: MIT */
/* pki_path: where the program sealpost-pki is. */
#ifndef CLI_PKI_PATH_H
#define CLI_PKI_PATH_H

#include <limits.h>

/* Writes the path of sealpost-pki in the folder of this program's own file to ret; PATH and the working
 * directory have no influence. Returns 0, or -1 with errno. */
int pki_path(char ret[PATH_MAX]);

#endif
