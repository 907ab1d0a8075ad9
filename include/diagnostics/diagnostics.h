/* SPDX-License-Identifier: MIT */
/* diagnostics: checks of a running agent. struct diagnostics warns before certificates and revocation lists
 * expire: it checks them every hour and whenever roots or lists change. It also adds status leaves to the
 * agent (diagnostics_status.h). The checks that a person asks for do not need it: connection.h, inspect.h,
 * preflight.h, readiness.h. */
#ifndef DIAGNOSTICS_DIAGNOSTICS_H
#define DIAGNOSTICS_DIAGNOSTICS_H

#include "agent/agent.h"

struct diagnostics;

/* Returns the diagnostics of an agent; there may be one for each agent. The agent is borrowed and must live
 * longer. */
struct diagnostics *diagnostics_new(struct agent *a);
/* NULL is allowed. */
void diagnostics_free(struct diagnostics *d);

#endif
