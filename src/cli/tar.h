/* SPDX-License-Identifier: MIT */
/* tar: writes an archive of files in the format ustar (POSIX.1-1988), uncompressed. */
#ifndef CLI_TAR_H
#define CLI_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TAR_NAME_MAX = 99 }; /* bytes */
/* Writes one file, which only its owner may read. at: the file's time, in Unix seconds. Returns 0; -1 with
 * errno ENAMETOOLONG, or EFBIG if it has 8 GB or more. Errors of the stream are left to ferror. */
int tar_add(FILE *out, const char *name, const void *data, size_t len, int64_t at);
/* Writes the end of the archive. */
void tar_end(FILE *out);

#endif
