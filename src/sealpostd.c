/* SPDX-License-Identifier: MIT */
/* sealpostd: the agent: one process, one event loop, no listening network socket. The loop runs in one
 * thread; others make private keys and check passwords (loop/job.h), and feed systemd's watchdog
 * (loop/watchdog.h). */
#include "agent/agent.h"
#include "agent/libraries.h"
#include "diagnostics/diagnostics.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "command/command_set.h"
#include "settings/settings.h"
#include "control/control.h"
#include "crypto/wipe.h"
#include "loop/watchdog.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef RELEASE_DATE_FLOOR /* the Makefile sets them */
#define RELEASE_DATE_FLOOR 0
#define SYSCONFDIR         "/etc"
#endif
#define SETTINGS_FILE SYSCONFDIR "/sealpost/sealpost.conf"

static const char usage[] =
	"usage: sealpostd [option...]\n"
	"  -c, --config FILE       settings file (" SETTINGS_FILE ", if it is there);\n"
	"                          after it all FILE.d/*.conf are read, in order of their names\n"
	"  -s, --state FOLDER      what the agent keeps (/var/lib/sealpost)\n"
	"  -S, --control SOCKET    control socket (/run/sealpost/control)\n"
	"  -g, --group NAME        group that may use the control socket\n"
	"  -w, --web-user NAME     user that sealpost-web runs as; without it the device has no HTTPS side\n"
	"  -l, --log-socket SOCKET syslog's socket (/dev/log)\n"
	"      --journal SOCKET    the journal's socket (/run/systemd/journal/socket, unless -l is given)\n"
	"  -e, --log-stderr        log to standard error, too\n"
	"  -C, --check-config FILE check a settings file and its FILE.d/*.conf, and exit: 0, or 78\n"
	"                          with what is wrong\n"
	"      --print-docs WHAT   print what is made from the tables: settings, commands, man\n"
	"  -V, --version           print the version; with -v, the build and its libraries, too\n"
	"  -h, --help              print this\n";

/* Follows the error about an option. */
static const char hint[] = "usage: sealpostd [option...]; sealpostd --help explains the options\n";

/* A disk that takes half a minute for one sync is slow but works; journald allows three minutes, too. */
enum { STILL_LIMIT_MS = 3 * 60 * 1000 };

struct daemon {
	struct loop *loop;
	struct agent *agent;
	struct diagnostics *diagnostics;
	struct control *control;
	struct retry_pace manager_boots;
	int stopping;
	int socket; /* the socket on which terminals of this process connect; -1: none yet */
	const char *config, *state, *socket_path, *group, *web_user;
};

/* Returns the path of the file that starts sealpost-web, beside the control socket. */
static const char *web_marker(const struct daemon *d, char ret[PATH_MAX])
{
	const char *slash = strrchr(d->socket_path, '/');
	int len = slash ? (int)(slash - d->socket_path) + 1 : 0;
	if (!d->web_user || snprintf(ret, PATH_MAX, "%.*shttps", len, d->socket_path) >= PATH_MAX)
		return NULL;
	return ret;
}

static void complain(void *arg, const struct settings_complaint *c)
{
	FILE *to = arg;
	char where[64] = "";
	if (c->line)
		snprintf(where, sizeof where, ":%u:%u", c->line, c->column);
	if (to)
		fprintf(to, "%s%s: %s\n", c->file, where, c->text);
	else
		log_error("settings: %s%s: %s", c->file, where, c->text);
}

/* Sends one datagram of systemd's notification protocol, sd_notify(3). Does nothing without a supervisor. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to, len);
	close(fd);
}

static void feed_watchdog(void)
{
	notify("WATCHDOG=1");
}

/* Starts the watchdog. systemd sets the interval of signs of life in the environment. Returns NULL if it
 * wants none. */
static struct watchdog *start_watchdog(struct loop *l)
{
	const char *us = getenv("WATCHDOG_USEC");
	long long interval = us ? strtoll(us, NULL, 10) : 0;
	struct watchdog_options o = { .interval_ms = interval / 1000,
				      .limit_ms = STILL_LIMIT_MS,
				      .feed = feed_watchdog };
	return o.interval_ms < 2 ? NULL : watchdog_new(l, &o);
}

static void stopped(void *arg)
{
	struct daemon *d = arg;
	loop_stop(d->loop);
}

static void on_stop(void *arg)
{
	struct daemon *d = arg;
	if (d->stopping++) {
		loop_stop(d->loop);
		return;
	}
	notify("STOPPING=1");
	log_about(&(struct log_about){ .kind = LOG_KIND_AGENT_STOPPED }, LOG_LEVEL_NOTICE, "agent: stops");
	agent_stop(d->agent, stopped, d);
}

static void on_reload(void *arg)
{
	struct daemon *d = arg;
	struct err e;
	notify("RELOADING=1");
	if (agent_reload(d->agent, complain, NULL, &e) < 0)
		log_about(&(struct log_about){ .kind = LOG_KIND_SETTINGS_REFUSED }, LOG_LEVEL_ERROR,
			  "agent: settings not reloaded, those before hold on: %s", e.text);
	else
		log_about(&(struct log_about){ .kind = LOG_KIND_SETTINGS_RELOADED }, LOG_LEVEL_NOTICE,
			  "agent: settings reloaded");
	notify("READY=1");
}

/* Returns 1 if systemd's journal reads the descriptor: systemd.exec(5), JOURNAL_STREAM. */
static int is_journal(int fd)
{
	const char *journal = getenv("JOURNAL_STREAM");
	char stream[64];
	struct stat st;
	if (!journal || fstat(fd, &st) < 0)
		return 0;
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, journal) == 0;
}

/* Returns 1 if an error of the start, which has just been logged, is written to standard error, too: a person
 * who typed the command may not be able to read syslog. Nothing is written there twice, and the journal has
 * the line already. */
static int tells_stderr(void)
{
	return !log_was_on_stderr() && !is_journal(STDERR_FILENO);
}

static void complain_at_start(void *arg, const struct settings_complaint *c)
{
	(void)arg;
	complain(NULL, c);
	if (tells_stderr())
		complain(stderr, c);
}

static void describe_build(FILE *to)
{
	struct version_library libraries[LIBRARIES_OF_AGENT];
	libraries_of_agent(libraries);
	version_print(&(struct version_about){ VERSION_ABOUT("sealpostd", libraries),
					       .date_floor = RELEASE_DATE_FLOOR },
		      to);
}

static int start(struct daemon *d, struct err *e)
{
	char marker[PATH_MAX], build[1024] = "";
	FILE *text = fmemopen(build, sizeof build, "w");
	if (text) {
		describe_build(text);
		fclose(text);
	}
	struct agent_options ao = { .loop = d->loop,
				    .config = d->config,
				    .state = d->state,
				    .date_floor = RELEASE_DATE_FLOOR,
				    .build = build,
				    .web_marker = web_marker(d, marker),
				    .manager_boots = &d->manager_boots,
				    .complain = complain_at_start };
	if (agent_new(&ao, &d->agent, e) < 0)
		return -1;
	d->diagnostics = diagnostics_new(d->agent);
	struct control_options to = { .agent = d->agent,
				      .path = d->socket_path,
				      .web_user = d->web_user,
				      .group = d->group,
				      .kept = &d->socket };
	return control_new(&to, &d->control, e);
}

static void end(struct daemon *d)
{
	control_free(d->control);
	diagnostics_free(d->diagnostics);
	agent_free(d->agent);
	d->control = NULL;
	d->diagnostics = NULL;
	d->agent = NULL;
}

static int run(struct daemon *d)
{
	struct err e;
	int again, status = EX_OK;
	d->loop = loop_new();
	d->socket = -1;
	struct loop_signal *signals[] = {
		loop_signal(d->loop, SIGTERM, on_stop, d),
		loop_signal(d->loop, SIGINT, on_stop, d),
		loop_signal(d->loop, SIGHUP, on_reload, d),
	};
	struct watchdog *watchdog = start_watchdog(d->loop);
	do {
		again = 0;
		if (start(d, &e) < 0) {
			log_about(&(struct log_about){ .kind = LOG_KIND_AGENT_FAILED }, LOG_LEVEL_ERROR,
				  "agent: does not start: %s", e.text);
			if (tells_stderr())
				fprintf(stderr, "sealpostd: does not start: %s\n", e.text);
			status = e.kind == ERR_CONFIG || e.kind == ERR_INPUT ? EX_CONFIG
				 : e.kind == ERR_EXISTS                      ? EX_TEMPFAIL
									     : EX_OSERR;
		} else {
			log_about(&(struct log_about){ .kind = LOG_KIND_AGENT_STARTED }, LOG_LEVEL_NOTICE,
				  "agent: sealpostd %s runs", VERSION);
			notify("READY=1");
			loop_run(d->loop);
			again = agent_restart_requested(d->agent) && !d->stopping;
		}
		end(d);
	} while (again);
	if (d->socket >= 0) {
		close(d->socket);
		unlink(d->socket_path);
	}
	watchdog_free(watchdog);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		loop_signal_free(signals[i]);
	loop_free(d->loop);
	return status;
}

static int check_config(const char *path)
{
	struct err e;
	if (settings_check(path, complain, stderr, &e) == 0) {
		printf("%s: OK\n", path);
		return EX_OK;
	}
	if (e.kind != ERR_CONFIG)
		fprintf(stderr, "sealpostd: %s\n", e.text);
	return EX_CONFIG;
}

static int print_docs(const char *what)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	int known = 1;
	if (strcmp(what, "settings") == 0)
		settings_print_markdown(&b);
	else if (strcmp(what, "man") == 0)
		settings_print_man(&b);
	else if (strcmp(what, "commands") == 0)
		control_print_markdown(&b);
	else
		known = 0;
	if (known)
		fputs(buf_str(&b), stdout);
	else
		fprintf(stderr, "sealpostd: --print-docs %s: expected settings, commands or man\n", what);
	buf_done(&b);
	return known ? EX_OK : EX_USAGE;
}

static int print_version(int is_verbose)
{
	if (is_verbose)
		describe_build(stdout);
	else
		puts("sealpostd " VERSION);
	return EX_OK;
}

/* This process has keys and passwords in memory: no core file, no debugger of the same user, no files for
 * others. */
static void protect_secrets(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	prctl(PR_SET_DUMPABLE, 0);
	umask(0077);
}

static void open_log(struct log_options *o)
{
	if (!o->journal && !o->socket)
		o->journal = "/run/systemd/journal/socket";
	log_open(o);
}

/* A pipe that nobody reads, and a file at its limit of size (ulimit -f), are errors of the write. */
static void ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* Returns 1, after the error is printed, if there is an argument behind the options (`more`, or NULL), or a
 * path is empty. */
static int is_misused(const struct daemon *d, const char *more)
{
	if (more)
		fprintf(stderr, "sealpostd: %s: expected no further arguments\n%s", more, hint);
	else if (!*d->state || !*d->socket_path)
		fprintf(stderr, "sealpostd: --%s: expected a path, and the text is empty\n%s",
			*d->state ? "control" : "state", hint);
	return more || !*d->state || !*d->socket_path;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "control", required_argument, NULL, 'S' },
		{ "group", required_argument, NULL, 'g' },
		{ "web-user", required_argument, NULL, 'w' },
		{ "log-socket", required_argument, NULL, 'l' },
		{ "journal", required_argument, NULL, 'J' },
		{ "log-stderr", no_argument, NULL, 'e' },
		{ "check-config", required_argument, NULL, 'C' },
		{ "print-docs", required_argument, NULL, 'D' },
		{ "version", no_argument, NULL, 'V' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon d = { .config = NULL,
			    .state = "/var/lib/sealpost",
			    .socket_path = "/run/sealpost/control" };
	struct log_options log = { .name = "sealpostd" };
	int c, wants_version = 0, is_verbose = 0;
	wipe_freed_memory();
	command_set_register_names();
	while ((c = getopt_long(argc, argv, "c:s:S:g:w:l:eC:D:Vvh", options, NULL)) != -1) {
		switch (c) {
		case 'c': d.config = optarg; break;
		case 's': d.state = optarg; break;
		case 'S': d.socket_path = optarg; break;
		case 'g': d.group = optarg; break;
		case 'w': d.web_user = optarg; break;
		case 'l': log.socket = optarg; break;
		case 'J': log.journal = optarg; break;
		case 'e': log.to_stderr = 1; break;
		case 'C': return check_config(optarg);
		case 'D': return print_docs(optarg);
		case 'V': wants_version = 1; break;
		case 'v': is_verbose = 1; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(hint, stderr); return EX_USAGE;
		}
	}
	if (is_misused(&d, optind < argc ? argv[optind] : NULL))
		return EX_USAGE;
	if (wants_version)
		return print_version(is_verbose);
	if (file_keep_standard_descriptors() < 0)
		return EX_OSERR;
	if (!d.config && (access(SETTINGS_FILE, F_OK) == 0 || access(SETTINGS_FILE ".d", F_OK) == 0))
		d.config = SETTINGS_FILE;
	protect_secrets();
	ignore_signals();
	open_log(&log);
	int status = run(&d);
	log_close();
	return status;
}
