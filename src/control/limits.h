/* SPDX-License-Identifier: MIT */
/* limits: limits the number of sessions and the memory that one user may use, so that no user keeps out the
 * others or root. */
#ifndef CONTROL_LIMITS_H
#define CONTROL_LIMITS_H

#include "control_internal.h"

#include <stdint.h>
#include <sys/types.h>

enum {
	LIMITS_SESSIONS_UID = 64, /* sessions of one user who is neither root nor the agent itself */
	/* sessions of sealpost-web, which are counted separately: clients from the network take no places
	 * from users on the device. 200 of them may be those of people who have logged in (Security Session
	 * MaxTotalSessions); the others wait for a log-in. */
	LIMITS_SESSIONS_WEB = 256,
	/* sessions, of CONTROL_SESSIONS_MAX, that are reserved for root and the agent itself */
	LIMITS_SESSIONS_KEPT = 16,
	/* Bytes of unfinished input, and bytes of answers and feedback that are not read yet: of one user,
	 * root too. Of sealpost-web's sessions those of each person who has logged in are counted apart. */
	LIMITS_INPUT_UID = 16 << 20,
	LIMITS_OUTPUT_UID = 64 << 20,
	LIMITS_BODY_MS = 10 * 60 * 1000, /* from the line of a command to the end of its body */
};

/* Checks whether one more session of this user may begin. To make room it may close a session that has been
 * idle for long, waits for no answer, has no xFeedback expressions and does not follow the log: one of the
 * same user or, if the places for ordinary users, or all, are in use, one of any user (but a session of root
 * only for root). Returns NULL if the session may begin, otherwise the reason why not (static). */
const char *limits_admit(struct control *t, uid_t uid);
/* Logs the refusal, with the number of others that were refused since the last line: at most once a minute,
 * and rarely if it goes on for long. */
void limits_log_refusal(struct control *t, uid_t uid, const char *why);
/* Returns 1 if the session has much unfinished input and all sessions of its user together have more than
 * LIMITS_INPUT_UID. */
int limits_input_is_too_much(const struct session *s);
/* Returns 1 if the session has much output that its client has not read and all sessions of its user together
 * have more than is allowed. */
int limits_output_is_too_much(const struct session *s);
/* Returns the bytes of memory that a document takes; 0 for NULL. */
size_t limits_memory_of(const struct doc *d);
/* Returns when the body that the session waits for must be complete; INT64_MAX if it waits for none. */
int64_t limits_body_due_ms(const struct session *s);

#endif
