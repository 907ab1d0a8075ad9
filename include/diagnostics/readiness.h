/* SPDX-License-Identifier: MIT */
/* readiness: the deployment guide's checklist, item by item, and the level of security that the device has
 * reached by it. */
#ifndef DIAGNOSTICS_READINESS_H
#define DIAGNOSTICS_READINESS_H

#include "agent/agent.h"

struct readiness;

/* Fills result (borrowed until done) with an Item for each check, and Level, 1 to 4; then calls done(arg,
 * err) once, never before this call has returned. A check that fails is an answer, so err is ERR_NONE. */
struct readiness *readiness_check(struct agent *a, struct doc *result,
				  void (*done)(void *arg, const struct err *e), void *arg);
/* done will not be called. NULL is fine. */
void readiness_cancel(struct readiness *r);

#endif
