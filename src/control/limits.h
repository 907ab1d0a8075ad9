/* SPDX-License-Identifier: MIT */
/* limits: how many sessions and how much memory one user may use, so that no user keeps out the others or
 * root. */
#ifndef CONTROL_LIMITS_H
#define CONTROL_LIMITS_H

#include "internal.h"

#include <stdint.h>
#include <sys/types.h>

enum {
	LIMITS_SESSIONS_UID = 64,    /* sessions of one user who is neither root nor the agent itself */
	LIMITS_SESSIONS_KEPT = 16,   /* of CONTROL_SESSIONS_MAX, for root and the agent itself */
	LIMITS_INPUT_UID = 16 << 20, /* bytes of unfinished input of one user, root too */
	LIMITS_OUTPUT_UID =
		64 << 20, /* bytes of answers and feedback that one user has not read yet, root too */
	LIMITS_BODY_MS = 10 * 60 * 1000, /* from the line of a command to the end of its body */
};

/* May one more session of this user begin? One that has been silent long and waits for nothing is cut to make
 * room: one of the same user, or, when all places are taken, one of anybody (but root's only for root). NULL,
 * or the reason why not (static). */
const char *limits_admit(struct control *t, uid_t uid);
/* Logs the refusal, at most once a minute, with the number of others that were refused meanwhile. */
void limits_log_refusal(struct control *t, uid_t uid, const char *why);
/* Does the session hold much input while its user as a whole holds more than is allowed? */
int limits_input_is_too_much(const struct session *s);
/* Does the session hold much that its client has not read while its user as a whole holds more than is
 * allowed? */
int limits_output_is_too_much(const struct session *s);
/* The memory that a document takes; NULL: none. */
size_t limits_memory_of(const struct doc *d);
/* When the body that the session waits for must have come, INT64_MAX if it waits for none. */
int64_t limits_body_due_ms(const struct session *s);

#endif
