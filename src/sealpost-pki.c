/* SPDX-License-Identifier: MIT */
/* sealpost-pki: work with certificates for which no agent is needed. Its first word is a command; `sealpost
 * verify` runs `sealpost-pki verify`. */
#include "base/version.h"
#include "pki/pki_verify.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct command {
	const char *name;
	/* argv[0] is the command's name. Returns the exit status. */
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "verify", pki_verify, "verifies a server's certificate, or a chain in files, as the agent would" },
};

static void print_usage(FILE *to)
{
	fputs("usage: sealpost-pki COMMAND [option...]\n"
	      "       sealpost-pki COMMAND --help     the options of one command\n",
	      to);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(to, "  %-18s %s\n", commands[i].name, commands[i].help);
	fputs("  -V, --version      prints the version\n"
	      "  -h, --help         prints this\n"
	      "Exit status: that of the command, see sealpost-pki(1); 64 for a command that does not "
	      "exist.\n",
	      to);
}

static int is_one_of(const char *word, const char *brief, const char *whole)
{
	return strcmp(word, brief) == 0 || strcmp(word, whole) == 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (is_one_of(word, "-h", "--help")) {
		print_usage(stdout);
		return EX_OK;
	}
	if (is_one_of(word, "-V", "--version")) {
		puts("sealpost-pki " VERSION);
		return EX_OK;
	}
	if (*word)
		fprintf(stderr, "sealpost-pki: there is no command or option %s\n", word);
	print_usage(stderr);
	return EX_USAGE;
}
