/* SPDX-License-Identifier: MIT */
/* provisioning_internal: struct provisioning, and the functions that the files of provisioning share. */
#ifndef PROVISIONING_PROVISIONING_INTERNAL_H
#define PROVISIONING_PROVISIONING_INTERNAL_H

#include "base/episode.h"
#include "documents.h"
#include "heartbeat.h"
#include "provisioning/provisioning.h"
#include "push.h"

struct provisioning {
	struct provisioning_options o;
	struct heartbeat *heartbeat;
	struct documents *documents;
	struct {                  /* settings that the manager pushed */
		uint64_t applied; /* since the start */
		/* settings of the last push that were not set, by reason */
		size_t skipped[PUSH_SKIPPED_COUNT];
		char refusal[480];      /* why the last push was refused as a whole; "": it was applied */
		struct episode changes; /* pushes that changed settings */
		/* pushes that changed no setting; pushes that were refused as a whole */
		struct episode logged, refusals;
	} pushed;
	struct {                          /* commands that the manager sent */
		provisioning_runner *run; /* NULL: no runner is registered, and no command is run */
		void *run_arg;
		int running;                        /* 1 while commands are run or wait for the date */
		struct doc *held;                   /* the commands that wait for the date; NULL: none do */
		struct loop_timer *wait;            /* armed while commands wait: ends their wait */
		struct manager_feedback results_to; /* the address to which the results are posted */
		/* Numbers of commands since the start. A refused command was not run and did not fail. */
		uint64_t run_count, failed, refused;
		/* Decides which refusals are logged: those of the guard, and of whole documents, of which no
		 * command is run. A document of commands of which none is refused counts as a success. */
		struct episode refusals;
		struct episode runs;  /* documents of commands that were run */
		struct episode waits; /* waits of commands for the date */
		/* results that cannot be posted to the requested address */
		struct episode results_not_posted;
	} commands;
	struct {              /* the file that keeps the results of commands */
		uint64_t key; /* episode_key of its text; 0: there is no file */
		int is_newer; /* a newer version has written it */
		/* decides how often it is logged that the file cannot be written or removed */
		struct episode not_kept;
	} results;
	struct { /* what the manager last asked for that this agent does not support */
		char software[MANAGER_URL];
		size_t files, bookings;
		struct episode asked; /* decides which of these requests are logged */
	} unsupported;
	struct episode not_posted; /* decides how often it is logged that documents cannot be posted */
};

/* src/provisioning/provisioning_apply.c: carries out what the manager's answer to an event asks for. */
void apply_answer(struct provisioning *p, const struct manager_answer *answer);
/* Changes the settings to name the server at this address, which is trusted and has answered a Register. */
void apply_move(struct provisioning *p, const struct heartbeat_place *to);

/* commands.c: runs the answer's commands, at once if wait_ms is 0, otherwise when the date is known, but
 * after wait_ms milliseconds at the latest. */
void commands_run(struct provisioning *p, const struct manager_answer *answer, int64_t wait_ms);
/* Runs the commands that wait for the date, if any do. arg is the provisioning. */
void commands_run_held(void *arg);
/* Logs why the manager may not run a command: why is the sentence of the guard (src/provisioning/guard.c),
 * which begins with the command's name. Some servers send the same command with every heartbeat, so
 * the same refusal is not logged each time: see episode_failed (base/episode.h). */
void commands_log_refused(struct provisioning *p, const char *why);

/* results.c: adds a result with status Error and this reason, in place of all results that are missing. */
void results_note(struct doc *results, const char *why);
/* Writes the results that no server has accepted yet to a file. If commands are running, it also writes a
 * note that their results are unknown. Does nothing if the file has this content already. */
void results_keep(struct provisioning *p);
/* Reads the results that an earlier process wrote to the file: they are sent with the next event. */
void results_recall(struct provisioning *p);

#endif
