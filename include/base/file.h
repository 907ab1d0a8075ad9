/* SPDX-License-Identifier: MIT */
/* file: reads files of limited size, and replaces files atomically. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* Returns 0 if path is a regular file (or a link to one), or does not exist. Otherwise fails with ERR_INPUT,
 * and the error says what it is. To be called before opening a file that another user may have put there,
 * since opening a FIFO would block. */
int file_is_regular(const char *path, struct err *e);

/* Appends the whole regular file to b. Fails with ERR_NOTFOUND if there is none, ERR_INPUT if it is something
 * else (a folder, a FIFO, a dangling link), ERR_FULL if it is longer than b may grow, ERR_IO otherwise. */
int file_read(const char *path, struct buf *b, struct err *e);

/* Replaces path by data so that after a power cut at any moment the file has either all of the old or all of
 * the new content: writes a new file in the same folder, fsync, rename, fsync of the folder. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err *e);

/* Removes path and fsyncs its folder. A missing file is no error. */
int file_remove(const char *path, struct err *e);

/* Renames a file that a newer version has written, and that is about to be replaced, to path.newer, which is
 * replaced if it exists. A missing file is no error. */
int file_keep_newer(const char *path, struct err *e);

/* Opens /dev/null for closed descriptors 0 to 2: otherwise the next file or socket would get such a number,
 * and log lines would be written into it. Returns -1 if that fails. */
int file_keep_standard_descriptors(void);

/* Makes the folder with this mode unless it exists; its parent must exist. */
int file_folder(const char *path, mode_t mode, struct err *e);

/* Looks in a folder, and in the folders in it, for what this process may not use because it belongs to
 * another user, as after an editor was started as root there. Appends a sentence that says so, with the
 * command that gives all of it to this process's user, to ret; appends nothing if there is no such file. */
void file_describe_foreign(const char *folder, struct buf *ret);

#endif
