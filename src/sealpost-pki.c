/* SPDX-License-Identifier: MIT */
/* sealpost-pki: works with certificates without an agent. Its first word is a command. `sealpost pki` runs
 * it, and `sealpost verify` runs `sealpost-pki verify`. */
#include "base/version.h"
#include "pki/pki_commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

static void print_usage(FILE *to)
{
	fputs("usage: sealpost-pki COMMAND [word...] [option...]\n"
	      "       sealpost-pki COMMAND --help     the options of one command\n",
	      to);
	pki_commands_print(to);
	fputs("  -V, --version [-v]                     prints the version; with -v, its build and "
	      "libraries\n"
	      "  -h, --help                             prints this\n"
	      "Exit status: that of the command, see sealpost-pki(1); 64 for a command that does not "
	      "exist.\n",
	      to);
}

static void print_version(int is_verbose)
{
	struct version_library libraries[PKI_LIBRARIES];
	pki_libraries(libraries);
	version_print(&(struct version_about){ VERSION_ABOUT("sealpost-pki", libraries), .date_floor = -1,
					       .is_brief = !is_verbose },
		      stdout);
}

static int is_one_of(const char *word, const char *brief, const char *whole)
{
	return strcmp(word, brief) == 0 || strcmp(word, whole) == 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	prctl(PR_SET_DUMPABLE, 0); /* private keys never get into a core dump */
	int status = argc > 1 ? pki_commands_run(argc - 1, argv + 1) : -1;
	if (status >= 0)
		return status;
	if (is_one_of(word, "-h", "--help")) {
		print_usage(stdout);
		return EX_OK;
	}
	if (is_one_of(word, "-V", "--version")) {
		print_version(argc > 2 && is_one_of(argv[2], "-v", "--verbose"));
		return EX_OK;
	}
	if (*word)
		fprintf(stderr, "sealpost-pki: there is no command or option %s\n", word);
	print_usage(stderr);
	return EX_USAGE;
}
