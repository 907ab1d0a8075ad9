/* SPDX-License-Identifier: MIT */
/* cli: the functions of the program `sealpost`: run one line, a script or a terminal session, publish a
 * document ... It has no settings and commands itself, and asks the agent for everything. Each function
 * returns the exit status (sysexits.h). */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/version.h"

#include <stddef.h>

struct cli_options {
	const char *socket; /* path of the agent's control socket */
	int json;           /* answers are printed in JSON */
	int follow;        /* 1: after one line, feedback and log lines are shown until the user interrupts */
	int hides_urls;    /* the agent hides what may be secret in URLs, also from an administrator */
	int stop_on_error; /* a script ends at the first line that fails */
	int is_login;      /* 1: this is a login shell, in which only administrators may publish */
	int timeout_s;     /* how long a publication waits for the agent */
	int welcome;       /* 1: the banner is printed first, for clients that wait for it */
};

/* Runs one line: the words of a shell's command line or, if n is 1, a line as it is typed at a terminal. The
 * body, if the command takes one, is read from standard input. A single word with several lines, as ssh and
 * plink pass a file of commands, is run as a script. */
int cli_once(const struct cli_options *o, char *const *words, size_t n);
/* Runs the lines of the text, or of standard input (text NULL). The answers are printed on standard output as
 * in a terminal; lines that fail are reported with their number on standard error. */
int cli_script(const struct cli_options *o, const char *text);
/* Runs a session with a person, or a program, at the terminal on standard input and output. */
int cli_shell(const struct cli_options *o);
/* Publishes the document on standard input, and waits until the agent has it on disk. number: the number of
 * an earlier call that was not answered, so that the document is not accepted twice; NULL: a new number. */
int cli_publish(const struct cli_options *o, const char *number);
/* Has the agent diagnose these services and URLs, or all that are configured if n is 0, and prints the result
 * for a person. The exit status is 1 if something fails. */
int cli_doctor(const struct cli_options *o, char *const *words, size_t n);
/* If the first word of the line is doctor, runs it, and returns 1 with the exit status; otherwise 0. */
int cli_doctor_typed(const struct cli_options *o, const char *line, int *ret_status);
/* Writes the agent's metrics in Prometheus' text format to standard output or, if path is given, to the file
 * at path, which is replaced in one step and readable by everybody. */
int cli_metrics(const struct cli_options *o, const char *path);
/* `sealpost config`, with the words that follow it: shows where the values of settings come from, or resets
 * settings. */
int cli_config(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost apply`, with the words that follow it: changes the device's settings to those of a file. Returns
 * CLI_CHANGED if a setting had to be changed. */
enum { CLI_CHANGED = 2 };
int cli_apply(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost report`, with the words that follow it: writes a report for an auditor to standard output. */
int cli_report(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost bundle`, with the words that follow it: writes an archive (tar) for support to standard
 * output. */
int cli_bundle(const struct cli_options *o, char *const *words, size_t n);
/* If the first word of the line is report or bundle, runs it, and returns 1 with the exit status; otherwise
 * 0. A typed line must not read files of this machine, so a report is signed by cli_report only. */
int cli_report_typed(const struct cli_options *o, const char *line, int *ret_status);
/* Replaces this process by sealpost-pki with these words; the first one is the pki command. It returns only
 * if that program cannot be started, after printing the reason on standard error. */
int cli_pki(char *const *words, size_t n);

enum { CLI_LIBRARIES = 2 };
/* Fills the row of each library. libedit does not report its version at run time, so its row has that of the
 * headers. */
void cli_libraries(struct version_library ret[CLI_LIBRARIES]);

#endif
