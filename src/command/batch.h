/* SPDX-License-Identifier: MIT */
/* batch: runs the commands of a Command document one after the other, in order, and collects their answers in
 * a document. */
#ifndef COMMAND_BATCH_H
#define COMMAND_BATCH_H

#include "command/command_set.h"
#include "doc/doc.h"

enum {
	BATCH_COMMANDS_MAX = 64,
	BATCH_LIMIT_MS = 60 * 1000,  /* for all commands together */
	BATCH_ANSWERS_MAX = 4 << 20, /* the maximum of names and values in all answers together, in bytes */
};

struct batch;

struct batch_results {
	/* A Command document with an answer for each command, in order; the callee owns it. */
	struct doc *answers;
	int status;   /* exit status (sysexits.h) of the first command that failed; 0: none did */
	int restarts; /* a command asked for a restart of the agent after the batch */
	/* number of answers to commands that were not run: those that are unknown, those that the guard
	 * refused, those that were not begun before the batch ended, and one for all commands after the
	 * first BATCH_COMMANDS_MAX */
	size_t refused;
};

struct batch_options {
	struct command_set *set;
	struct command_caller by; /* its mode, done and arg are not used */
	/* Decides whether a command may be run with these parameters (a child of params each). It is called
	 * for all commands before the first one is run. Returns 0, or -1 with the reason in *e; with
	 * ERR_NOTFOUND the command is answered like an unknown one. guard may be NULL: then all commands may
	 * be run. */
	int (*guard)(void *arg, const struct command_row *row, const struct doc *params, struct err *e);
	/* Called once when all commands have been answered, but not before batch_new has returned. The batch
	 * has been freed by then. */
	void (*done)(void *arg, const struct batch_results *r);
	void *arg;
	/* 1: the answer to an unknown command contains the command's path in the document */
	int names_paths;
};

/* Copies what it needs of the document. Names of commands must be whole and spelled as in their rows, since
 * an abbreviated name could pass a guard. Commands past BATCH_COMMANDS_MAX are not run; they share one
 * answer, which says so. */
struct batch *batch_new(const struct batch_options *o, const struct doc *command);
/* Ends the batch now and calls done: commands without an answer get one that says so. */
void batch_stop(struct batch *b);
/* Ends the batch now; done is not called. NULL is allowed. */
void batch_cancel(struct batch *b);

#endif
