/* SPDX-License-Identifier: MIT */
#include "pki_args.h"

#include "base/num.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *value, *help;
	enum args_option option;
	size_t place; /* offset of the value in struct args; 0: it has none */
} rows[] = {
	{ "asn1", NULL, "the structure of the encoding, element by element", ARGS_ASN1, 0 },
	{ "ca", NULL, "a CA's certificate, also where the common name could be a host's", ARGS_CA, 0 },
	{ "days", "N", "how long it is valid", ARGS_DAYS, offsetof(struct args, days) },
	{ "encrypt", NULL, "put the new key under a passphrase", ARGS_ENCRYPT, 0 },
	{ "force", NULL, "overwrite files that exist", ARGS_FORCE, 0 },
	{ "from", "FILE", "take subject and names from this certificate or request", ARGS_FROM,
	  offsetof(struct args, from) },
	{ "key", "FILE", "use this key instead of a new one", ARGS_KEY, offsetof(struct args, key) },
	{ "key-type", "WORD", "P-256 (default), P-384, RSA-2048, RSA-3072 or RSA-4096", ARGS_KEY_TYPE,
	  offsetof(struct args, key_type) },
	{ "name", "TEXT", "what programs show for the certificate in PKCS#12", ARGS_NAME,
	  offsetof(struct args, name) },
	{ "new-passphrase-file", "FILE",
	  "passphrase for what is written: the file's first line, - for standard input", ARGS_NEW_PASSPHRASE,
	  offsetof(struct args, new_passphrase_file) },
	{ "out", "FILE", "where to write it; - for standard output", ARGS_OUT, offsetof(struct args, out) },
	{ "passphrase-file", "FILE",
	  "passphrase of what is read: the file's first line, - for standard input", ARGS_PASSPHRASE,
	  offsetof(struct args, passphrase_file) },
	{ "to", "FORM", "pem, der, p7b or p12", ARGS_TO, offsetof(struct args, to) },
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void set(struct args *a, const struct row *row, const char *value)
{
	a->given |= row->option;
	if (row->place)
		memcpy((char *)a + row->place, &value, sizeof value);
}

int args_read(int argc, char **argv, unsigned taken, struct args *ret, struct err *e)
{
	enum { FIRST = 256, HELP = FIRST + N_ROWS };
	struct option table[N_ROWS + 2] = { { .name = NULL } };
	int n = 0;
	for (int i = 0; i < N_ROWS; i++)
		if (rows[i].option & taken)
			table[n++] = (struct option){ rows[i].name,
						      rows[i].value ? required_argument : no_argument, NULL,
						      FIRST + i };
	table[n] = (struct option){ "help", no_argument, NULL, HELP };
	*ret = (struct args){ .command = argv[0] };
	optind = 0;
	opterr = 0;
	for (int which; (which = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
		if (which == ':')
			return err_set(e, ERR_INPUT, 0, "%s needs a value", argv[optind - 1]);
		if (which == HELP || which == 'h')
			ret->help = 1;
		else if (which < FIRST)
			return err_set(e, ERR_INPUT, 0, "%s has no option %s", argv[0], argv[optind - 1]);
		else if (optarg && !*optarg) /* as from a script's variable that is not set */
			return err_set(e, ERR_INPUT, 0,
				       "--%s is empty: give a value, or leave the option out",
				       rows[which - FIRST].name);
		else
			set(ret, &rows[which - FIRST], optarg);
	}
	for (; optind < argc; optind++) {
		if (ret->n == ARGS_WORDS_MAX)
			return err_set(e, ERR_INPUT, 0, "there can be at most %d words", ARGS_WORDS_MAX);
		ret->words[ret->n++] = argv[optind];
	}
	return 0;
}

int args_has(const struct args *a, enum args_option option)
{
	return (a->given & option) != 0;
}

int args_encrypts(const struct args *a)
{
	return args_has(a, ARGS_ENCRYPT) || args_has(a, ARGS_NEW_PASSPHRASE);
}

int args_days(const struct args *a, long usual, long *ret, struct err *e)
{
	int64_t n = usual;
	if (a->days && num_parse(a->days, 1, 36500, &n, e) < 0)
		return err_prefix(e, "--days");
	*ret = (long)n;
	return 0;
}

void args_help(unsigned taken, char *ret, size_t size)
{
	size_t used = 0;
	ret[0] = '\0';
	for (int i = 0; i < N_ROWS && used < size; i++) {
		char name[64];
		snprintf(name, sizeof name, "--%s%s%s", rows[i].name, rows[i].value ? " " : "",
			 rows[i].value ? rows[i].value : "");
		if (rows[i].option & taken)
			used += (size_t)snprintf(ret + used, size - used, "  %-27s%s\n", name, rows[i].help);
	}
}
