/* SPDX-License-Identifier: MIT */
/* episode: decides what is logged when something fails again and again, or comes and goes.
 *
 * All failures belong to one episode until there was none for a while (the calm: an hour, twice as long for
 * each further episode that begins within a day of the end of the one before, at most a day). Of an episode
 * are logged: the first failure, the first of each further kind until eight kinds were logged, the 10th,
 * 100th, 1000th ...; the first success, and one after failures that lasted longer than the calm; the first
 * failure after a success that was logged; and, when the calm has passed, the end. So a lasting state, and
 * one that alternates however fast, cause a few lines a day, and the last line about it is true, or will be
 * followed by one that is.
 *
 * For example, a server that fails once a minute for a day causes the lines of failure 1, 10, 100 and 1000
 * and that of the first success. */
#ifndef BASE_EPISODE_H
#define BASE_EPISODE_H

#include <stdint.h>

/* So many of the last new kinds are remembered: one that was forgotten counts as new when it comes again. Not
 * all new kinds are logged: of an episode episode_failed logs at most 8, episode_seen at most 1000. */
enum { EPISODE_KINDS = 24 };

struct episode {                       /* all zero: nothing has failed */
	uint64_t n;                    /* failures (of episode_seen: observations) so far */
	int64_t since_ms;              /* when the first of them happened */
	uint64_t key;                  /* the kind of the last one */
	uint64_t kinds[EPISODE_KINDS]; /* the last kinds of those that were new */
	uint64_t n_kinds;              /* how many were new so far */
	int64_t last_ms;               /* when the last of them happened */
	int64_t changed_ms; /* when failures and successes, or one kind and another, last alternated */
	int64_t ended_ms;   /* when the episode before ended, valid if had_one */
	int64_t logged_ms;  /* of episode_happened: when the last one that was logged happened */
	uint64_t left_out;  /* of episode_happened: how many were not logged since then */
	unsigned repeats;   /* episodes in a row that began within a day of the end of the one before */
	unsigned had_one : 1;
	unsigned is_well : 1;        /* the last observation was a success */
	unsigned success_logged : 1; /* a success was logged */
	unsigned failure_logged : 1; /* a failure was logged after that, and its end was not */
	unsigned alternates : 1;     /* one kind was followed by another within the calm */
};

/* Counts a failure of this kind. Returns 1 if it is to be logged: the first `always` of an episode are, too,
 * unless there was another episode less than a day before. */
int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* To be called at each success. Returns how many failures the episode had if the success is to be logged as
 * its end; otherwise 0. */
uint64_t episode_ended(struct episode *ep, int64_t now_ms);
/* Notes a state where none is success or failure, and a change from one kind to another is the news. Returns
 * 1 if it is to be logged: the first of each kind, the first `always` after a change that lasts, and the
 * 10th, 100th ... A kind that lasts for the calm after states that alternated is logged, too. */
int episode_seen(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* Notes what is news each time it happens, such as a change or a command, unless a program repeats it again
 * and again. Returns 0 if it is not to be logged. Otherwise returns 1 plus the number of those that were not
 * logged since the last one that was, for episode_text. Logged are those that episode_failed would log, and
 * each that comes four hours or more after the last one that was logged. */
uint64_t episode_happened(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* Returns the end of a log line: "" or " (17 more since the last line of this kind)". happened is what
 * episode_happened returned. */
enum { EPISODE_TEXT = 64 };
const char *episode_text(uint64_t happened, char ret[EPISODE_TEXT]);
/* To be called when a person has done something about it: each kind, and the next success, are news again. */
void episode_renew(struct episode *ep);
/* Forgets everything, for example because the settings name another server. */
void episode_forget(struct episode *ep);
/* Returns a key for a kind of failure that is named by a text: equal for equal texts. */
uint64_t episode_key(const char *text);

#endif
