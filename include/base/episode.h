/* SPDX-License-Identifier: MIT */
/* episode: decides what is logged if something fails again and again, or alternates between failure and
 * success.
 *
 * All failures belong to one episode until there has been none for some time, the calm: an hour, twice as
 * long for each further episode that begins within a day of the end of the previous one, at most a day. Of an
 * episode are logged: the first failure; the first failure of each further kind, until eight kinds were
 * logged; the 10th, 100th, 1000th ... failure; the first success, and a success after failures that lasted
 * longer than the calm; the first failure after a logged success; and, when the calm has passed, the end. So
 * a lasting state, or one that alternates however fast, causes a few lines a day, and the last line about it
 * is true or will be followed by one that is.
 *
 * For example, a server that fails once a minute for a day causes the lines of failure 1, 10, 100 and 1000
 * and that of the first success. */
#ifndef BASE_EPISODE_H
#define BASE_EPISODE_H

#include <stdint.h>

/* Number of kinds that are remembered; a kind that was dropped counts as new when it occurs again. Not all
 * new kinds are logged: episode_failed logs at most 8 of an episode, episode_seen at most 1000. */
enum { EPISODE_KINDS = 24 };

struct episode {                       /* all zero: nothing has failed */
	uint64_t n;                    /* failures (for episode_seen: observations) so far */
	int64_t since_ms;              /* when the first of them happened */
	uint64_t key;                  /* the kind of the last one */
	uint64_t kinds[EPISODE_KINDS]; /* the last new kinds */
	uint64_t n_kinds;              /* number of new kinds so far */
	int64_t last_ms;               /* when the last of them happened */
	int64_t changed_ms; /* when failures and successes, or one kind and another, last alternated */
	int64_t ended_ms;   /* when the previous episode ended, valid if had_one */
	int64_t logged_ms;  /* for episode_happened: when the last one that was logged happened */
	uint64_t left_out;  /* for episode_happened: how many were not logged since then */
	unsigned repeats;   /* consecutive episodes that began within a day of the end of the previous one */
	unsigned had_one : 1;
	unsigned is_well : 1;        /* the last observation was a success */
	unsigned success_logged : 1; /* a success was logged */
	unsigned failure_logged : 1; /* a failure was logged after that, and its end was not */
	unsigned alternates : 1;     /* one kind was followed by another within the calm */
};

/* Counts a failure of this kind. Returns 1 if it is to be logged. The first `always` failures of an episode
 * are logged, too, unless there was another episode less than a day before. */
int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* To be called at each success. Returns how many failures the episode had if the success is to be logged as
 * its end; otherwise 0. */
uint64_t episode_ended(struct episode *ep, int64_t now_ms);
/* Counts an observation of a state of which no kind is a success or a failure, and a change from one kind to
 * another is news. Returns 1 if it is to be logged: the first of each kind, the first `always` after a change
 * that lasts, and the 10th, 100th ... A kind that lasts for the calm after an alternation is logged, too. */
int episode_seen(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* Counts something that is news each time it happens, such as a change or a command, unless a program repeats
 * it again and again. Returns 0 if it is not to be logged; otherwise 1 plus the number of those that were not
 * logged since the last logged one, for episode_text. Those are logged that episode_failed would log, and
 * each that happens four hours or more after the last logged one. */
uint64_t episode_happened(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* Returns the end of a log line: "" or " (17 more since the last line of this kind)". happened: the result of
 * episode_happened. */
enum { EPISODE_TEXT = 64 };
const char *episode_text(uint64_t happened, char ret[EPISODE_TEXT]);
/* To be called when a person has acted to remove the cause: each kind, and the next success, are news
 * again. */
void episode_renew(struct episode *ep);
/* Forgets everything, for example because the settings name another server. */
void episode_forget(struct episode *ep);
/* Returns a key for a kind of failure that is named by a text: equal for equal texts. */
uint64_t episode_key(const char *text);

#endif
