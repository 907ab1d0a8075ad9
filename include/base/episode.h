/* SPDX-License-Identifier: MIT */
/* episode: decides which failures are logged when something fails again and again: the first, the 10th,
 * 100th, 1000th ..., and the end of the failures. */
#ifndef BASE_EPISODE_H
#define BASE_EPISODE_H

#include <stdint.h>

struct episode {          /* all zero: nothing has failed */
	uint64_t n;       /* failures so far */
	int64_t since_ms; /* when the first of them happened */
	uint64_t key;     /* the kind of the last failure */
	uint64_t seen;    /* the kinds of all failures so far, a bit for each (two kinds may share a bit) */
};

/* Counts a failure of this kind. Returns 1 if it is to be logged: it is one of the first `always`, or the
 * first of its kind, or its number is a power of ten. */
int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* Ends the episode after a success. Returns how many failures there were (0: none). */
uint64_t episode_ended(struct episode *ep);
/* Returns a key for a kind of failure that is named by a text: equal for equal texts. */
uint64_t episode_key(const char *text);

#endif
