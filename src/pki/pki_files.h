/* SPDX-License-Identifier: MIT */
/* pki_files: the files that sealpost-pki reads and writes, and the passphrases that open them. */
#ifndef PKI_PKI_FILES_H
#define PKI_PKI_FILES_H

#include "pki_args.h"
#include "x509/contents.h"

#include <limits.h>

enum { FILES_READ_MAX = 4 << 20, FILES_PASSPHRASE_MAX = 1024 };

/* Reads everything in the file. Where something is under a passphrase, it is taken from --passphrase-file or
 * asked for at the terminal. ERR_DENIED: there is none, or not this one. Call contents_done in any case. */
int files_read(const struct args *a, const char *path, struct contents *ret, struct err *e);
/* The same, but what is locked may stay so where there is nobody to ask. */
int files_look(const struct args *a, const char *path, struct contents *ret, struct err *e);
/* The same, and nobody is asked. */
int files_peek(const char *path, struct contents *ret, struct err *e);
/* The file that a word of the Meeting Server's names: itself, or with one of the endings (".crt", ending in
 * NULL) behind it. ERR_NOTFOUND. */
int files_find(const char *word, const char *const *endings, char ret[PATH_MAX], struct err *e);
/* The path with another ending: "old.pfx" and ".pem" make "old.pem". */
void files_with_ending(const char *path, const char *ending, char ret[PATH_MAX]);

/* Something to write. */
struct files_output {
	const char *path;
	const struct buf *data;
};
/* Writes all n of them, mode 0600. ERR_EXISTS, nothing written: one of them is there, and no --force was
 * given. */
int files_write(const struct args *a, const struct files_output *outputs, size_t n, struct err *e);
/* A passphrase for what is written, from --new-passphrase-file or asked for twice. Wipe it. */
int files_new_passphrase(const struct args *a, char ret[FILES_PASSPHRASE_MAX], struct err *e);

#endif
