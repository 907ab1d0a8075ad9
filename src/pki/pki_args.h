/* SPDX-License-Identifier: MIT */
/* pki_args: the words and options of one command line. */
#ifndef PKI_PKI_ARGS_H
#define PKI_PKI_ARGS_H

#include "base/err.h"

#include <stddef.h>

enum args_option {
	ARGS_ASN1 = 1 << 0,
	ARGS_CA = 1 << 1,
	ARGS_DAYS = 1 << 2,
	ARGS_ENCRYPT = 1 << 3,
	ARGS_FORCE = 1 << 4,
	ARGS_FROM = 1 << 5,
	ARGS_KEY = 1 << 6,
	ARGS_KEY_TYPE = 1 << 7,
	ARGS_NAME = 1 << 8,
	ARGS_NEW_PASSPHRASE = 1 << 9,
	ARGS_OUT = 1 << 10,
	ARGS_PASSPHRASE = 1 << 11,
	ARGS_TO = 1 << 12,
};
enum { ARGS_WORDS_MAX = 256 };

struct args { /* texts are borrowed */
	const char *command;
	size_t n;
	const char *words[ARGS_WORDS_MAX];
	unsigned given; /* enum args_option */
	const char *days, *from, *key, *key_type, *name, *new_passphrase_file, *out, *passphrase_file, *to;
	int help;
};

/* Reads a command line; argv[0] is the command. `taken` are the options that this command has. Fails with
 * ERR_INPUT, which says what is wrong. */
int args_read(int argc, char **argv, unsigned taken, struct args *ret, struct err *e);
/* Returns 1 if the option was given. */
int args_has(const struct args *a, enum args_option option);
/* Returns 1 if a key that is written is to be under a passphrase: a file that holds one says so, too. */
int args_encrypts(const struct args *a);
/* Gets the number of days from --days, or else `usual`. Fails with ERR_INPUT. */
int args_days(const struct args *a, long usual, long *ret, struct err *e);
/* Writes a help line for each of the options in `taken`. */
void args_help(unsigned taken, char *ret, size_t size);

#endif
