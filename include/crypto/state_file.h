/* SPDX-License-Identifier: MIT */
/* state_file: a file in the agent's state folder whose integrity can be checked. Its first line has the
 * format's version and the SHA-256 digest of all following bytes. It is replaced in one step, so that after a
 * power cut it has either the old or the new content. */
#ifndef CRYPTO_STATE_FILE_H
#define CRYPTO_STATE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Writes body to dir/name, mode 0600, preceded by the digest. dir NULL: writes nothing and succeeds (state
 * that is kept in memory only). Fails with ERR_FULL if body has exceeded its limit, otherwise as base/file
 * does. */
int state_file_save(const char *dir, const char *name, const struct buf *body, struct err *e);
/* The same for a body with content that versions before this one do not know: format 2. These versions read
 * what they know of it, and keep the file as name.newer when they change it. */
int state_file_save_2(const char *dir, const char *name, const struct buf *body, struct err *e);
/* Reads the body. A file whose digest is wrong is renamed to name.damaged, and notice (may be NULL) gets a
 * line about it; body is empty then, as it is if there is no file or dir is NULL. A file that a newer version
 * has written is read as far as possible and left in place, and notice gets a line about it, too;
 * state_file_save keeps it as name.newer. Returns -1 if the file cannot be read, or not be renamed. */
int state_file_load(const char *dir, const char *name, struct buf *body, struct buf *notice, struct err *e);

#endif
