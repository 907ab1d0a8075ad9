/* SPDX-License-Identifier: MIT */
#include "pki/pki_commands.h"

#include "pki/pki_verify.h"
#include "pki_rows.h"

#include <string.h>
#include <sysexits.h>

static const struct row {
	const char *name, *usage, *help;
	pki_row_run *run; /* NULL: verify, which reads its own command line */
	size_t min, max;  /* number of words */
	unsigned options;
} rows[] = {
	{ "list", "[DIR]", "what keys, certificates and requests are in a folder", pki_list, 0, 1, 0 },
	{ "inspect", "FILE...", "everything that is in a file, and what is wrong with it", pki_inspect, 1,
	  ARGS_WORDS_MAX, ARGS_ASN1 | ARGS_PASSPHRASE },
	{ "match", "KEY CERT", "whether a key and a certificate (or request) belong together", pki_match, 2,
	  2, ARGS_PASSPHRASE },
	{ "verify", "CERT BUNDLE [CA]",
	  "verifies a server's certificate, or a chain in files, as the agent would", NULL, 0, 0, 0 },
	{ "unlock", "KEY", "replaces a key's file by the key without its passphrase", pki_unlock, 1, 1,
	  ARGS_PASSPHRASE | ARGS_OUT | ARGS_FORCE },
	{ "csr", "NAME [ATTRIBUTE:VALUE...]", "makes a key, NAME.key, and a certificate request, NAME.csr",
	  pki_csr, 1, ARGS_WORDS_MAX,
	  ARGS_KEY | ARGS_KEY_TYPE | ARGS_FROM | ARGS_ENCRYPT | ARGS_NEW_PASSPHRASE | ARGS_PASSPHRASE |
		  ARGS_FORCE },
	{ "selfsigned", "NAME [ATTRIBUTE:VALUE...]",
	  "makes a key, NAME.key, and a certificate that it signs, NAME.crt", pki_selfsigned, 1,
	  ARGS_WORDS_MAX,
	  ARGS_KEY | ARGS_KEY_TYPE | ARGS_FROM | ARGS_ENCRYPT | ARGS_NEW_PASSPHRASE | ARGS_PASSPHRASE |
		  ARGS_FORCE | ARGS_DAYS | ARGS_CA },
	{ "sign", "CSR CA", "signs a certificate request with a CA's key: for servers and clients", pki_sign,
	  2, 2, ARGS_KEY | ARGS_DAYS | ARGS_OUT | ARGS_PASSPHRASE | ARGS_FORCE },
	{ "cms-sign", "FILE KEY CERT",
	  "signs a file (-: standard input): writes FILE.p7s, a detached CMS signature in PEM", pki_cms_sign,
	  3, 3, ARGS_OUT | ARGS_PASSPHRASE | ARGS_FORCE },
	{ "pkcs12-to-ssh", "USER", "takes the public key for SSH out of USER.pub, a PKCS#12 file",
	  pki_pkcs12_to_ssh, 1, 1, ARGS_PASSPHRASE | ARGS_OUT | ARGS_FORCE },
	{ "convert", "FILE... --to FORM", "writes certificates and keys in another form", pki_convert, 1,
	  ARGS_WORDS_MAX,
	  ARGS_TO | ARGS_OUT | ARGS_NAME | ARGS_ENCRYPT | ARGS_NEW_PASSPHRASE | ARGS_PASSPHRASE |
		  ARGS_FORCE },
};

static void print_usage(const struct row *row, FILE *to)
{
	char options[4096];
	args_help(row->options, options, sizeof options);
	fprintf(to, "usage: sealpost-pki %s %s%s\n%s.\n%s", row->name, row->usage,
		row->options ? " [option...]" : "", row->help, options);
	if (strstr(row->usage, "ATTRIBUTE"))
		fputs("Attributes: CN OU O L ST C emailAddress subjectAltName, as in CN:www.example.com "
		      "O:\"Example Ltd\" "
		      "subjectAltName:a.example.com,192.0.2.1\n",
		      to);
}

static int status_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_NOTFOUND:
	case ERR_IO: return EX_NOINPUT;
	case ERR_EXISTS: return EX_CANTCREAT;
	case ERR_DENIED: return EX_NOPERM;
	case ERR_CONFIG: return EX_USAGE;
	default: return EX_DATAERR;
	}
}

static int fail(const struct row *row, int status, const char *text)
{
	fprintf(stderr, "sealpost-pki %s: %s\n", row->name, text);
	if (status == EX_USAGE)
		print_usage(row, stderr);
	return status;
}

static int run_row(const struct row *row, int argc, char **argv)
{
	enum { OUT_MAX = 64 << 20 };
	struct args a;
	struct err e = { .kind = ERR_NONE };
	struct buf out;
	if (args_read(argc, argv, row->options, &a, &e) < 0)
		return fail(row, EX_USAGE, e.text);
	if (a.help) {
		print_usage(row, stdout);
		return EX_OK;
	}
	if (a.n < row->min || a.n > row->max) {
		char text[120];
		snprintf(text, sizeof text, "%zu word%s given, expected %s", a.n, a.n == 1 ? " is" : "s are",
			 row->usage);
		return fail(row, EX_USAGE, text);
	}
	buf_init(&out, OUT_MAX);
	int status = row->run(&a, &out, &e);
	fwrite(buf_str(&out), 1, out.len, stdout);
	buf_done(&out);
	if (fflush(stdout) != 0)
		return fail(row, EX_IOERR, "standard output cannot be written");
	return status < 0 ? fail(row, status_of(&e), e.text) : status;
}

int pki_commands_run(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(argv[0], rows[i].name) == 0)
			return rows[i].run ? run_row(&rows[i], argc, argv) : pki_verify(argc, argv);
	return -1;
}

void pki_commands_print(FILE *to)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char call[80];
		snprintf(call, sizeof call, "%s %s", rows[i].name, rows[i].usage);
		fprintf(to, "  %-38s %s\n", call, rows[i].help);
	}
}
