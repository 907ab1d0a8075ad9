/* SPDX-License-Identifier: MIT */
/* diagnostics: what looks at the agent from above. This handle warns before certificates and revocation
 * lists end, every hour and whenever roots or lists change, and adds its leaves to the agent's status
 * (diagnostics_status.h). The checks that a person asks for need no handle: connection.h, inspect.h,
 * preflight.h, readiness.h. */
#ifndef DIAGNOSTICS_DIAGNOSTICS_H
#define DIAGNOSTICS_DIAGNOSTICS_H

#include "agent/agent.h"

struct diagnostics;

/* The agent is borrowed and has to outlive it. One for each agent. */
struct diagnostics *diagnostics_new(struct agent *a);
/* NULL is fine. */
void diagnostics_free(struct diagnostics *d);

#endif
