/* SPDX-License-Identifier: MIT */
/* cli: what the program `sealpost` can do: one line, a script, a terminal, a publication. It knows no
 * setting and no command, and asks the agent for everything. Each function returns the exit status, by
 * sysexits.h. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>

struct cli_options {
	const char *socket; /* path of the agent's control socket */
	int json;           /* answers in JSON */
	int follow;         /* after one line: show what is pushed, until interrupted */
	int stop_on_error;  /* a script ends at the first line that fails */
	int is_login;       /* a login shell: only administrators publish */
	int timeout_s;      /* how long a publication waits for the agent */
	int welcome;        /* the banner comes first, for clients that wait for it */
};

/* One line: the words of a shell's command line or, when n is 1, a line as it is typed at a terminal. Its
 * body, if it takes one, is standard input. One word that holds several lines, as ssh and plink hand over
 * a file of them, is a script. */
int cli_once(const struct cli_options *o, char *const *words, size_t n);
/* The lines of the text, or of standard input (text NULL). Each is answered on standard output as a
 * terminal would; those that fail are named with their number on standard error. */
int cli_script(const struct cli_options *o, const char *text);
/* A person, or a program, at a terminal: standard input and output. */
int cli_shell(const struct cli_options *o);
/* Publishes the document on standard input; waits until the agent has it on disk. number: of an earlier call
 * that was not answered, so that what it has published is not taken twice; NULL: a new one. */
int cli_publish(const struct cli_options *o, const char *number);
/* Writes the agent's numbers in Prometheus' text format to standard output or, whole or not at all, in place
 * of the file at path, which everybody may read then. */
int cli_metrics(const struct cli_options *o, const char *path);
/* Replaces this process by sealpost-pki with these words, the first of which is its command. It returns
 * only when that program cannot be started, after standard error was told why. */
int cli_pki(char *const *words, size_t n);

#endif
