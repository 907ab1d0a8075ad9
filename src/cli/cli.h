/* SPDX-License-Identifier: MIT */
/* cli: the program's ways to talk to the agent. Each returns the exit status, by sysexits. */
#ifndef CLI_H
#define CLI_H

#include "base/buf.h"
#include "link.h"

struct cli {
	const char *socket;
	int json;   /* answers in JSON */
	int follow; /* go on showing what is pushed until interrupted */
	int stop_on_error;
	int is_login; /* a login shell: it publishes only for administrators */
	int welcome;  /* the banner first: for clients that wait for it */
};

/* One line, given as the shell's words or whole (n 1). Its body, if it wants one, is standard input. Several
 * whole lines in one word, as ssh and plink hand over a file of them, are a script. */
int cli_once(const struct cli *o, char *const *words, size_t n);
/* The text's lines, or those of standard input (text NULL), each answered on standard output as a terminal
 * would; errors with their line also on standard error. */
int cli_script(const struct cli *o, const char *text);
/* A person at a terminal. */
int cli_shell(const struct cli *o);
/* A document of standard input; waits until it is durable. */
int cli_publish(const struct cli *o);

/* Replaces this process by sealpost-pki with these words, the first of which is its command. It returns only
 * when that program cannot be started, after standard error was told why. */
int pki_program_run(char *const *words, size_t n);

/* Opens the connection and sets it up; tells on standard error why not. 0, or an exit status. */
int cli_open(const struct cli *o, struct link *l);
/* Words of a shell's command line to a line of the terminal's: values are quoted as they need. */
void cli_quote(char *const *words, size_t n, struct buf *line);
/* The sentence of an answer's Reason, Hint too; "" if there is none. */
void cli_reason(const char *text, struct buf *out);

#endif
