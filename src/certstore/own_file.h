/* SPDX-License-Identifier: MIT */
/* own_file: the state file of own certificates and of requests, with their private keys, which only the file
 * holds unless they are in use. */
#ifndef CERTSTORE_OWN_FILE_H
#define CERTSTORE_OWN_FILE_H

#include "internal.h"

enum { OWN_FILE_MAX = 2 << 20 };

/* Both free one entry, its key wiped. NULL is fine. */
void own_file_free_own(struct own *o);
void own_file_free_waiting(struct waiting *w);
/* Keeps of the upload the CAs above the certificate in the order that TLS wants, each followed by its
 * issuer. */
void own_file_set_chain(struct own *o, const struct bundle *u);

/* Writes next in place of the stored list, in one step, and forgets the texts of its keys. Keys that
 * next does not hold are taken over from the file. -1: nothing has changed, and next still has the texts
 * it had. */
int own_file_save(const struct anchors *a, struct own_list *next, struct err *e);
/* The PEM text of the private key; own_file_wipe it. NULL with *e filled when it cannot be read. */
char *own_file_own_key(const struct anchors *a, const struct own *o, struct err *e);
char *own_file_waiting_key(const struct anchors *a, const struct waiting *w, struct err *e);
/* Overwrites and frees a text. NULL is fine. */
void own_file_wipe(char *text);

#endif
