/* SPDX-License-Identifier: MIT */
/* tar: writes an archive of files in the format ustar (POSIX.1-1988), uncompressed. */
#ifndef CLI_TAR_H
#define CLI_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TAR_NAME_MAX = 99 }; /* bytes */
/* Writes one file, which only its owner may read. at: when it was changed, in Unix seconds. Returns 0; -1
 * with errno ENAMETOOLONG, or EFBIG if it is of 8 GB or more. What the stream refuses, ferror says. */
int tar_add(FILE *out, const char *name, const void *data, size_t len, int64_t at);
/* Writes the end of the archive. */
void tar_end(FILE *out);

#endif
