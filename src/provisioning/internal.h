/* SPDX-License-Identifier: MIT */
/* internal: what provisioning's files share. */
#ifndef PROVISIONING_INTERNAL_H
#define PROVISIONING_INTERNAL_H

#include "base/episode.h"
#include "documents.h"
#include "heartbeat.h"
#include "provisioning/provisioning.h"
#include "push.h"

struct provisioning {
	struct provisioning_options o;
	struct heartbeat *heartbeat;
	struct documents *documents;
	struct {                              /* settings that the manager pushed */
		uint64_t applied;             /* since the start */
		size_t skipped[PUSH_SKIPPED]; /* of the last push */
		char refusal[480];            /* why the last push was refused as a whole; "": it was not */
		uint64_t logged;              /* key of the line that told of the last push */
	} pushed;
	struct {                          /* its commands */
		provisioning_runner *run; /* NULL: nobody runs them */
		void *run_arg;
		int running;                        /* some are under way, or wait to begin */
		struct doc *held;                   /* those that wait for the date; NULL: none do */
		struct loop_timer *wait;            /* ... at most until then */
		struct manager_feedback results_to; /* where the results are wanted */
		uint64_t run_count, failed;         /* since the start */
	} commands;
	struct {                         /* their results on disk */
		uint64_t key;            /* of what the file holds; 0: there is no file */
		struct episode not_kept; /* writing it fails */
	} results;
	struct { /* what was asked for and is not supported */
		char software[MANAGER_URL];
		size_t files, bookings;
	} unsupported;
	struct episode not_posted; /* documents that the manager asks for and does not get */
};

/* apply.c: carries out what an answer to an event asks for. */
void apply_answer(struct provisioning *p, const struct manager_answer *answer);
/* The server at this place verified and answered: the settings name it from now on. */
void apply_move(struct provisioning *p, const struct heartbeat_place *to);

/* commands.c: begins to run the answer's commands, after wait_ms at most or when the date is known. */
void commands_run(struct provisioning *p, const struct manager_answer *answer, int64_t wait_ms);
/* Runs those that wait, if any do. arg is the provisioning. */
void commands_run_held(void *arg);

/* results.c: adds a result that says why there is no other. */
void results_note(struct doc *results, const char *why);
/* What was not told to the manager yet, and that commands run, is on disk from now on. Costs nothing when
 * nothing has changed. */
void results_keep(struct provisioning *p);
/* What an earlier process kept is to be told. */
void results_recall(struct provisioning *p);

#endif
