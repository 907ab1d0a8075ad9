/* SPDX-License-Identifier: MIT */
/* ca_files: the files in which the lab's certificate authority keeps its roots. */
#ifndef LAB_CA_FILES_H
#define LAB_CA_FILES_H

#include "ca.h"

/* Takes the root, and the other one while it is rotated, out of the folder. -1: there is none that is
 * whole. */
int ca_files_load(struct ca *ca, const char *folder);
/* Writes root.pem (the root first, then the other), root.key and, while there is a next root,
 * root-next.key. */
int ca_files_save(const struct ca *ca, const char *folder, struct err *e);
/* Writes what is in pem, which is freed. */
int ca_files_write(const char *path, BIO *pem, mode_t mode, struct err *e);

#endif
