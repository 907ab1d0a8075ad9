/* SPDX-License-Identifier: MIT */
/* episode: what goes on failing is told when it begins, at the 10th, 100th, 1000th ... time, and when it
 * ends. */
#ifndef BASE_EPISODE_H
#define BASE_EPISODE_H

#include <stdint.h>

struct episode {          /* all zero: all is well */
	uint64_t n;       /* failures so far */
	int64_t since_ms; /* of the first one */
	uint64_t key;     /* what kind of failure the last one was */
	uint64_t seen;    /* kinds so far, a bit for each (kinds may share one) */
};

/* One more failure of this kind; 1 when it is to be told: the first `always` ones, a kind not seen before,
 * and then at powers of ten. Kinds that take turns are not news each time. */
int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms);
/* All is well again. Returns how many failures there were (0: it was well before). */
uint64_t episode_ended(struct episode *ep);
/* A key for text: equal for equal texts. */
uint64_t episode_key(const char *text);

#endif
