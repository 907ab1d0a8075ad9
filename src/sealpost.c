/* SPDX-License-Identifier: MIT */
/* sealpost: the terminal and command line. It has no settings and commands itself; it asks the agent. */
#include "base/num.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/cli.h"
#include "sealpost.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char usage[] =
	"usage: sealpost [option...]              a terminal; a script, when standard input is not a "
	"terminal\n"
	"       sealpost [option...] WORD...      one line, as in: sealpost xStatus SystemUnit\n"
	"       sealpost [option...] doctor [--all] [SERVICE|URL...]\n"
	"                                         tries every service that is set, and says what is wrong "
	"and what\n"
	"                                         to do; SERVICE: DNS, NTS, NTP, ExternalManager, Phonebook, "
	"HttpFeedback 1,\n"
	"                                         Logging\n"
	"       sealpost [option...] publish [--timeout SECONDS] [NUMBER]\n"
	"                                         hands the XML document on standard input to the agent,\n"
	"                                         waiting 30 s at most until it is on disk; with the number "
	"of a\n"
	"                                         publication that was not answered: again, taken once\n"
	"       sealpost [option...] config diff|origin [PATH]\n"
	"                                         the settings that are not as they are by default, or all, "
	"and where\n"
	"                                         their values come from\n"
	"       sealpost [option...] config reset PATH\n"
	"                                         takes back what was set at the terminal or by the manager\n"
	"       sealpost [option...] apply [--dry-run] FILE\n"
	"                                         brings the device to the settings of the file (-: standard "
	"input);\n"
	"                                         exit status 0: it had them, 2: some were changed\n"
	"       sealpost [option...] report [--html] [--sign KEY CERT SIGNATURE]\n"
	"                                         what an auditor asks of this device, as text or HTML; a "
	"signature\n"
	"                                         (CMS, PEM) of it in the file SIGNATURE\n"
	"       sealpost [option...] bundle [--bodies]\n"
	"                                         the report, the log and the queues for support, as tar\n"
	"       sealpost [option...] metrics [FILE]   the agent's numbers in Prometheus' text format\n"
	"       sealpost verify ...               verifies certificates as the agent would, without an "
	"agent\n"
	"       sealpost pki COMMAND ...          keys, requests and certificates in files, without an "
	"agent;\n"
	"                                         both run sealpost-pki; see sealpost pki --help\n"
	"       xConfiguration, xCommand, xStatus, xFeedback, xGetxml WORD...   the same, by name\n"
	"  -s, --socket PATH     the agent's control socket (else SEALPOST_SOCKET, else " SEALPOST_SOCKET
	")\n"
	"  -j, --json            answers in JSON\n"
	"  -f, --follow          after one line: goes on showing feedback and log lines\n"
	"  -e, --stop-on-error   a script ends at the first line that fails\n"
	"  -w, --welcome         begins with the banner, as a codec does, also where no terminal is\n"
	"  -c LINE               one line, or several, as sshd gives them to a login shell\n"
	"  -V, --version         prints the version; with -v, the build and its libraries, too\n"
	"  -h, --help            prints this\n"
	"Exit status: 0 OK, 1 a check found a fault, 2 apply has changed something, 64 not understood, 65 "
	"bad value, 66 no input, 69 no "
	"agent or no server, 77 not\n"
	"allowed; others stand in sealpost(1).\n";

/* Follows the error about an option. */
static const char hint[] =
	"usage: sealpost [option...] [WORD...]; sealpost --help explains options and words\n";

/* Returns the first word of the line if this program was called by one of the agent's words; otherwise
 * NULL. */
static const char *word_of_name(const char *argv0)
{
	static const char *const words[] = { "xConfiguration", "xCommand", "xStatus", "xFeedback",
					     "xGetxml" };
	const char *slash = strrchr(argv0, '/'), *name = slash ? slash + 1 : argv0;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], name) == 0)
			return words[i];
	return NULL;
}

/* Runs one line of these words, preceded by `first` if that is not NULL. */
static int once(const struct cli_options *o, const char *first, char **words, size_t n)
{
	char **all = calloc(n + 2, sizeof *all), *copy = first ? strdup(first) : NULL;
	int status = EX_OSERR;
	if (all && (copy || !first)) {
		size_t k = copy != NULL;
		all[0] = copy;
		memcpy(all + k, words, n * sizeof *words);
		status = cli_once(o, all, k + n);
	} else {
		fprintf(stderr, "sealpost: out of memory\n");
	}
	free(copy);
	free(all);
	return status;
}

/* Opens /dev/null for closed standard input, output and error: the control socket must not get the number of
 * one of them. */
static void open_missing(void)
{
	int fd;
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd >= 0)
		close(fd);
}

/* Returns the exit status, or EX_IOERR if the answer could not be written. */
static int written(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("sealpost: standard output");
	return status ? status : EX_IOERR;
}

enum { PUBLISH_S = 30, PUBLISH_MAX_S = 24 * 60 * 60 };

/* Reads "--timeout 5" or "--timeout=5" after the word publish. Anything else, such as a file's name, would be
 * interpreted as a word for the agent. Returns 0, or the exit status. */
static int publish_options(char **words, size_t n, int *ret_timeout_s)
{
	static const char name[] = "--timeout";
	size_t len = sizeof name - 1;
	int64_t seconds = PUBLISH_S;
	const char *value = NULL;
	struct err e = { .kind = ERR_NONE };
	if (n && strncmp(words[0], name, len) == 0)
		value = words[0][len] == '=' ? words[0] + len + 1 : n > 1 && !words[0][len] ? words[1] : NULL;
	if (n && (!value || n > (words[0][len] ? 1u : 2u))) {
		fprintf(stderr,
			"sealpost: publish %s: the document comes on standard input: sealpost publish "
			"[--timeout SECONDS] < FILE\n",
			words[0]);
		return EX_USAGE;
	}
	if (value && num_parse(value, 1, PUBLISH_MAX_S, &seconds, &e) < 0) {
		fprintf(stderr, "sealpost: publish --timeout %s: %s\n", value, e.text);
		return EX_USAGE;
	}
	*ret_timeout_s = (int)seconds;
	return 0;
}

static int publish(struct cli_options *o, char **words, size_t n)
{
	/* a file's name is unlikely to begin with 32 hexadecimal digits */
	const char *number =
		n && strspn(words[n - 1], "0123456789abcdef") == 32 && words[n - 1][32] ? words[--n] : NULL;
	int status = publish_options(words, n, &o->timeout_s);
	return status ? status : cli_publish(o, number);
}

static int print_version(int is_verbose)
{
	struct version_library libraries[CLI_LIBRARIES];
	cli_libraries(libraries);
	version_print(&(struct version_about){ VERSION_ABOUT("sealpost", libraries), .date_floor = -1,
					       .is_brief = !is_verbose },
		      stdout);
	return EX_OK;
}

static int metrics(const struct cli_options *o, char **words, size_t n)
{
	if (n <= 1)
		return cli_metrics(o, n ? words[0] : NULL);
	fprintf(stderr, "sealpost: metrics: expected at most one FILE\n");
	return EX_USAGE;
}

/* Prints the word of this program that a mistyped one resembles. The agent, which has refused the line, does
 * not know these words; it suggests its own ones, which begin with x. */
static void suggest(const char *word)
{
	static const char *const own[] = { "apply", "bundle",  "config", "doctor", "metrics",
					   "pki",   "publish", "report", "verify" };
	struct text_nearest near = text_nearest_to(word);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		text_nearest_see(&near, own[i]);
	if (near.best[0] && (*word | 0x20) != 'x')
		fprintf(stderr, "sealpost: did you mean sealpost %s?\n", near.best);
}

/* Runs one of this program's own words, or a line for the agent. Returns the exit status. */
static int run_words(struct cli_options *o, char **rest, size_t n)
{
	if (strcmp(rest[0], "verify") == 0)
		return cli_pki(rest, n);
	if (strcmp(rest[0], "pki") == 0)
		return cli_pki(rest + 1, n - 1);
	if (strcmp(rest[0], "doctor") == 0)
		return written(cli_doctor(o, rest + 1, n - 1));
	if (strcmp(rest[0], "report") == 0)
		return written(cli_report(o, rest + 1, n - 1));
	if (strcmp(rest[0], "bundle") == 0)
		return written(cli_bundle(o, rest + 1, n - 1));
	if (strcmp(rest[0], "publish") == 0)
		return publish(o, rest + 1, n - 1);
	if (strcmp(rest[0], "config") == 0)
		return written(cli_config(o, rest + 1, n - 1));
	if (strcmp(rest[0], "apply") == 0)
		return written(cli_apply(o, rest + 1, n - 1));
	if (strcmp(rest[0], "metrics") == 0)
		return written(metrics(o, rest + 1, n - 1));
	int status = once(o, NULL, rest, n);
	if (status == EX_USAGE)
		suggest(rest[0]);
	return written(status);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "follow", no_argument, NULL, 'f' },
		{ "stop-on-error", no_argument, NULL, 'e' },
		{ "welcome", no_argument, NULL, 'w' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *word = word_of_name(argv[0]), *from_env = getenv("SEALPOST_SOCKET");
	struct cli_options o = { .socket = from_env && *from_env ? from_env : SEALPOST_SOCKET,
				 .welcome = argv[0][0] == '-',
				 .is_login = argv[0][0] == '-' };
	char *line = NULL;
	int c, wants_version = 0, is_verbose = 0;
	open_missing();
	while ((c = getopt_long(argc, argv, "+s:jfewc:Vvh", options, NULL)) != -1) {
		switch (c) {
		case 's': o.socket = optarg; break;
		case 'j': o.json = 1; break;
		case 'f': o.follow = 1; break;
		case 'e': o.stop_on_error = 1; break;
		case 'w': o.welcome = 1; break;
		case 'c':
			line = optarg;
			o.is_login = 1;
			break;
		case 'V': wants_version = 1; break;
		case 'v': is_verbose = 1; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(hint, stderr); return EX_USAGE;
		}
	}
	if (!*o.socket) {
		fprintf(stderr, "sealpost: --socket: expected a path, and the text is empty\n");
		return EX_USAGE;
	}
	char **rest = argv + optind;
	size_t n = (size_t)(argc - optind);
	if (wants_version)
		return written(print_version(is_verbose));
	if (line)
		return written(cli_once(&o, &line, 1));
	if (word)
		return written(once(&o, word, rest, n));
	if (n)
		return run_words(&o, rest, n);
	return written(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? cli_shell(&o) : cli_script(&o, NULL));
}
