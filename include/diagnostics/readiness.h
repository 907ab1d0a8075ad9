/* SPDX-License-Identifier: MIT */
/* readiness: checks the device against the checklist of the vendor's deployment guide, and finds the level of
 * security that it has reached. */
#ifndef DIAGNOSTICS_READINESS_H
#define DIAGNOSTICS_READINESS_H

#include "agent/agent.h"

struct readiness;

/* Fills result (borrowed until done is called) with Outcome; Level, 1 to 4; if an item that counts for the
 * level failed, FirstFailure, Found and Hint of the first one; and an Item for each check. Then it calls
 * done(arg, err) once, never before this call has returned. A failed check is a result and not an error:
 * err->kind is ERR_NONE. */
struct readiness *readiness_check(struct agent *a, struct doc *result,
				  void (*done)(void *arg, const struct err *e), void *arg);
/* Cancels the check: done will not be called. NULL is allowed. */
void readiness_cancel(struct readiness *r);

#endif
