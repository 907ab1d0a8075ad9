/* SPDX-License-Identifier: MIT */
/* sealpost-web: the device's own HTTPS side. It is started while NetworkServices HTTPS Mode is On, gets its
 * settings, certificate and key from the agent, and has no rights of its own. */
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "web/web.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static const char usage[] =
	"usage: sealpost-web [option...]\n"
	"  -S, --control PATH      the agent's control socket (/run/sealpost/control)\n"
	"  -p, --pages FOLDER      the files of the page (/usr/share/sealpost/web)\n"
	"  -l, --log-socket PATH   syslog's socket (/dev/log)\n"
	"  -e, --log-stderr        log lines also go to standard error\n"
	"  -V, --version [-v]      prints the version; with -v, its build and libraries, too\n"
	"  -h, --help              prints this\n";

/* Follows the error about an option. */
static const char hint[] = "usage: sealpost-web [option...]; sealpost-web --help explains the options\n";

static int print_version(int is_verbose)
{
	struct version_library libraries[WEB_LIBRARIES];
	web_libraries(libraries);
	version_print(&(struct version_about){ VERSION_ABOUT("sealpost-web", libraries), .date_floor = -1,
					       .is_brief = !is_verbose },
		      stdout);
	return EX_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "control", required_argument, NULL, 'S' },
		{ "pages", required_argument, NULL, 'p' },
		{ "log-socket", required_argument, NULL, 'l' },
		{ "log-stderr", no_argument, NULL, 'e' },
		{ "version", no_argument, NULL, 'V' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct web_options web = { .control = "/run/sealpost/control", .pages = "/usr/share/sealpost/web" };
	struct log_options log = { .name = "sealpost-web" };
	int wants_version = 0, is_verbose = 0;
	for (int c; (c = getopt_long(argc, argv, "S:p:l:eVvh", options, NULL)) != -1;) {
		switch (c) {
		case 'S': web.control = optarg; break;
		case 'p': web.pages = optarg; break;
		case 'l': log.socket = optarg; break;
		case 'e': log.to_stderr = 1; break;
		case 'V': wants_version = 1; break;
		case 'v': is_verbose = 1; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(hint, stderr); return EX_USAGE;
		}
	}
	if (wants_version)
		return print_version(is_verbose);
	if (optind < argc) {
		fprintf(stderr, "sealpost-web: %s: expected no further arguments\n%s", argv[optind], hint);
		return EX_USAGE;
	}
	if (file_keep_standard_descriptors() < 0)
		return EX_OSERR;
	/* this process has the private key and people's passwords: no core file, no debugger of the same
	 * user */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	umask(0077);
	log_open(&log);
	int status = web_run(&web);
	log_close();
	return status;
}
