/* SPDX-License-Identifier: MIT */
/* ca_files: the files in which the lab's certificate authority keeps its roots. */
#ifndef LAB_CA_FILES_H
#define LAB_CA_FILES_H

#include "ca.h"

/* Reads the root, and the other root while it is replaced, from the folder. Returns -1 if there is no
 * complete one. */
int ca_files_load(struct ca *ca, const char *folder);
/* Writes root.pem (the root first, then the other one), root.key and, if there is a next root,
 * root-next.key. */
int ca_files_save(const struct ca *ca, const char *folder, struct err *e);
/* Writes the contents of pem to the file, and frees pem. */
int ca_files_write(const char *path, BIO *pem, mode_t mode, struct err *e);

#endif
