/* SPDX-License-Identifier: MIT */
/* file: bounded read, atomic replace. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* Is it a regular file (or a link to one), or nothing at all? Else -1 and ERR_INPUT: what it is instead.
 * Whoever opens what somebody else may have put there asks this first: opening a FIFO waits for ever. */
int file_is_regular(const char *path, struct err *e);

/* Appends the whole regular file to b. ERR_NOTFOUND if there is none, ERR_INPUT if it is something else (a
 * folder, a FIFO, a link to nothing), ERR_FULL if it is longer than b may grow, ERR_IO otherwise. */
int file_read(const char *path, struct buf *b, struct err *e);

/* Replaces path by data so that after a power cut at any moment either the old or the new content is
 * there, whole: writes a new file in the same folder, fsync, rename, fsync of the folder. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err *e);

/* Removes path and fsyncs its folder. A file that is not there is no error. */
int file_remove(const char *path, struct err *e);

/* Makes the folder (parents must exist) with mode unless it is there. */
int file_folder(const char *path, mode_t mode, struct err *e);

#endif
