/* SPDX-License-Identifier: MIT */
/* own_file: the state file of own certificates and of requests, with their private keys. Keys that are not in
 * use are only in this file. */
#ifndef CERTSTORE_OWN_FILE_H
#define CERTSTORE_OWN_FILE_H

#include "certstore_internal.h"

enum { OWN_FILE_MAX = 2 << 20 };

/* Both free one entry, and wipe its key. NULL is allowed. */
void own_file_free_own(struct own *o);
void own_file_free_waiting(struct waiting *w);
/* Keeps those CAs of the upload that are above the certificate, in the order that TLS requires: each followed
 * by its issuer. */
void own_file_set_chain(struct own *o, const struct bundle *u);

/* Replaces the stored list by `next` in one step, and frees the texts of its keys. Keys that `next` does not
 * have in memory are copied from the file. Returns -1 if nothing has changed: `next` still has its texts. */
int own_file_save(const struct anchors *a, struct own_list *next, struct err *e);
/* Returns the PEM text of the private key of o or, if o is NULL, of w. The caller frees it with
 * own_file_wipe. NULL with *e if it cannot be read. */
char *own_file_key(const struct anchors *a, const struct own *o, const struct waiting *w, struct err *e);
/* Overwrites and frees a text. NULL is allowed. */
void own_file_wipe(char *text);

#endif
