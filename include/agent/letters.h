/* SPDX-License-Identifier: MIT */
/* letters: the queue in the hand: posts that wait, dead letters, and a post that tries the way. */
#ifndef AGENT_LETTERS_H
#define AGENT_LETTERS_H

#include "agent/agent.h"

/* Posts that wait for delivery; posts that their server will never take. */
enum agent_letters { AGENT_WAITING, AGENT_DEAD };

/* Fills result with an item Post for each of at most max, from this sequence on. ERR_INPUT: no such slot. */
int agent_letters_list(struct agent *a, int slot, enum agent_letters which, int64_t from, int64_t max,
		       struct doc *result, struct err *e);
/* Fills result with all that is known of one, its body too. ERR_NOTFOUND. */
int agent_letters_show(struct agent *a, int slot, enum agent_letters which, int64_t sequence,
		       struct doc *result, struct err *e);
/* Dead letters (sequence 0: all of the slot) wait again, with their old ids, before all that came later;
 * waiting ones are tried at once. result tells how many. ERR_NOTFOUND. */
int agent_letters_replay(struct agent *a, int slot, enum agent_letters which, int64_t sequence,
			 struct doc *result, struct err *e);
/* They are gone (sequence 0: all of the slot); the server is told of a gap where posts waited.
 * ERR_NOTFOUND. */
int agent_letters_purge(struct agent *a, int slot, enum agent_letters which, int64_t sequence, struct err *e);

/* Sends the slot's server an Event HttpFeedback Test, past the queue; the result tells verdict and answer.
 * done once, never before the call returned, with ERR_NONE when a 2xx came. ERR_NOTFOUND: the slot is not
 * registered. */
struct agent_test;
int agent_feedback_test(struct agent *a, int slot, struct doc *result,
			void (*done)(void *arg, const struct err *e), void *arg, struct agent_test **ret,
			struct err *e);
/* done will not be called. Not from done. */
void agent_feedback_test_cancel(struct agent_test *t);

#endif
