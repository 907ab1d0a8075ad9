/* SPDX-License-Identifier: MIT */
/* state_file: a file in the agent's state folder that shows whether it is whole. Its first line carries
 * the format's version and the SHA-256 digest of everything that follows; it is replaced as a whole, so
 * that a power cut leaves either the old or the new content. */
#ifndef CRYPTO_STATE_FILE_H
#define CRYPTO_STATE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Writes body to dir/name, mode 0600, with the digest before it. dir NULL: writes nothing and succeeds (state
 * that is kept in memory only). Fails with ERR_FULL if body has exceeded its limit, otherwise as base/file
 * does. */
int state_file_save(const char *dir, const char *name, const struct buf *body, struct err *e);
/* Reads the body back. A file whose digest does not fit is renamed to name.damaged, and notice (may be
 * NULL) gets a line that says so; body is empty then, as it is when there is no file or dir is NULL. A
 * file that a newer version has written is read as far as it goes and stays where it is, which notice
 * says, too; state_file_save keeps it as name.newer. -1: the file cannot be read, or not be renamed. */
int state_file_load(const char *dir, const char *name, struct buf *body, struct buf *notice, struct err *e);

#endif
