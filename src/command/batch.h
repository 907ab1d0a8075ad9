/* SPDX-License-Identifier: MIT */
/* batch: runs the commands of a Command document one after the other, in order, and gathers their answers in
 * a document. */
#ifndef COMMAND_BATCH_H
#define COMMAND_BATCH_H

#include "command/command_set.h"
#include "doc/doc.h"

enum {
	BATCH_COMMANDS_MAX = 64,
	BATCH_LIMIT_MS = 60 * 1000,  /* for all commands together */
	BATCH_ANSWERS_MAX = 4 << 20, /* bytes of names and values in the answers */
};

struct batch;

struct batch_results {
	/* A Command document with an answer for each command, in order; the callee's to free. */
	struct doc *answers;
	int status;     /* sysexits of the first command that failed; 0: none did */
	int boots;      /* a command wants the agent to begin anew after this */
	size_t refused; /* commands that were not run: unknown, refused by the guard, too many */
};

struct batch_options {
	struct command_set *set;
	struct command_caller by; /* roles, uid, pid; the rest is not used */
	/* May this command be run with these parameters (a child each)? Asked for all commands before the
	 * first is run. -1: *e is the reason; of ERR_NOTFOUND: the command is answered as one that is not
	 * known. NULL: all may. */
	int (*guard)(void *arg, const struct command_row *row, const struct doc *params, struct err *e);
	/* All have been answered, once; not before batch_new has returned. The batch has been freed. */
	void (*done)(void *arg, const struct batch_results *r);
	void *arg;
	/* Answers to commands that are not known say where they stand in the document. */
	int names_paths;
};

/* Copies what it needs of the document. Names of commands must be whole and spelled as in their rows: an
 * abbreviated one could pass a guard. Commands past BATCH_COMMANDS_MAX are not run, and one answer says so.
 */
struct batch *batch_new(const struct batch_options *o, const struct doc *command);
/* Ends the batch now and calls done: commands without an answer get one that says so. */
void batch_stop(struct batch *b);
/* Ends the batch now; done is not called. NULL is fine. */
void batch_cancel(struct batch *b);

#endif
