/* SPDX-License-Identifier: MIT */
/* cli: the functions of the program `sealpost`: one line, a script, a terminal, a publication. It knows no
 * settings and no commands, but asks the agent for everything. Each function returns the exit status, by
 * sysexits.h. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/version.h"

#include <stddef.h>

struct cli_options {
	const char *socket; /* path of the agent's control socket */
	int json;           /* answers are printed in JSON */
	int follow;         /* after one line, feedback and log lines are shown until an interrupt */
	int stop_on_error;  /* a script ends at the first line that fails */
	int is_login;       /* a login shell: only administrators publish */
	int timeout_s;      /* how long a publication waits for the agent */
	int welcome;        /* the banner comes first, for clients that wait for it */
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
/* Publishes the document on standard input; waits until the agent has it on disk. number: of an earlier call
 * that was not answered, so that what it has published is not accepted twice; NULL: a new one. */
int cli_publish(const struct cli_options *o, const char *number);
/* Asks the agent about these services and URLs, or about all that are configured, and prints a verdict for
 * a person. The exit status is 1 if something fails. */
int cli_doctor(const struct cli_options *o, char *const *words, size_t n);
/* Returns 1, and the exit status, if the line begins with the word doctor and has been carried out so. */
int cli_doctor_typed(const struct cli_options *o, const char *line, int *ret_status);
/* Writes the agent's numbers in Prometheus' text format to standard output or, whole or not at all, in place
 * of the file at path, which everybody may read then. */
int cli_metrics(const struct cli_options *o, const char *path);
/* `sealpost config` with these words behind it: shows where the values of settings come from, or resets
 * them. */
int cli_config(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost apply` with these words behind it: brings the device to the settings of a file. Returns
 * CLI_CHANGED if that changes anything. */
enum { CLI_CHANGED = 2 };
int cli_apply(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost report` with these words behind it: writes a report for an auditor to standard output. */
int cli_report(const struct cli_options *o, char *const *words, size_t n);
/* `sealpost bundle` with these words behind it: writes an archive (tar) for support to standard output. */
int cli_bundle(const struct cli_options *o, char *const *words, size_t n);
/* Returns 1, and the exit status, if the line begins with the word report or bundle and has been carried out
 * so. A typed line reads no files of this machine: a report is signed by cli_report alone. */
int cli_report_typed(const struct cli_options *o, const char *line, int *ret_status);
/* Replaces this process by sealpost-pki with these words, the first of which is its command. It returns only
 * if that program cannot be started, and has printed the reason on standard error then. */
int cli_pki(char *const *words, size_t n);

enum { CLI_LIBRARIES = 2 };
/* Fills the row of each library. libedit does not tell its version at run time: it is that of the headers. */
void cli_libraries(struct version_library ret[CLI_LIBRARIES]);

#endif
