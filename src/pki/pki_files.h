/* SPDX-License-Identifier: MIT */
/* pki_files: reads and writes the files of sealpost-pki, and gets the passphrases for them. */
#ifndef PKI_PKI_FILES_H
#define PKI_PKI_FILES_H

#include "base/secret.h"
#include "pki_args.h"
#include "x509/contents.h"

#include <limits.h>

enum { FILES_READ_MAX = 4 << 20 };

/* Reads everything in the file. The passphrase for encrypted keys is read from --passphrase-file or asked for
 * at the terminal. Fails with ERR_DENIED if there is no passphrase, or a wrong one. The caller calls
 * contents_done in any case. */
int files_read(const struct args *a, const char *path, struct contents *ret, struct err *e);
/* As files_read, but without a passphrase file or a terminal, encrypted keys stay encrypted. */
int files_look(const struct args *a, const char *path, struct contents *ret, struct err *e);
/* As files_look, but never asks for a passphrase. */
int files_peek(const char *path, struct contents *ret, struct err *e);
/* Finds the file that a word in the style of the vendor's Meeting Server names: the word itself, or the word
 * with one of the endings (".crt"; the list ends in NULL). Fails with ERR_NOTFOUND. */
int files_find(const char *word, const char *const *endings, char ret[PATH_MAX], struct err *e);
/* Replaces the ending of a path: "old.pfx" and ".pem" give "old.pem". */
void files_with_ending(const char *path, const char *ending, char ret[PATH_MAX]);

/* A file to write. */
struct files_output {
	const char *path;
	const struct buf *data;
};
/* Writes all n files, with mode 0600. Fails with ERR_EXISTS, without writing any, if one of them exists and
 * --force was not given. */
int files_write(const struct args *a, const struct files_output *outputs, size_t n, struct err *e);
/* Replaces the contents of a file, which keeps its owner, group and mode. If path is a symbolic link, the
 * file to which it leads is replaced. */
int files_rewrite(const char *path, const struct buf *data, struct err *e);
/* Gets the passphrase for a file that is written, from --new-passphrase-file or from the terminal, where it
 * is asked for twice. The caller wipes it. */
int files_new_passphrase(const struct args *a, char ret[SECRET_MAX], struct err *e);

#endif
