/* SPDX-License-Identifier: MIT */
/* components: the agent's components themselves, for diagnostics, a layer above the agent, which needs more
 * of them than the agent's own functions offer. */
#ifndef AGENT_COMPONENTS_H
#define AGENT_COMPONENTS_H

#include "agent/agent.h"
#include "clock/clock.h"
#include "date/date.h"
#include "delivery/delivery.h"
#include "net/dns.h"
#include "provisioning/provisioning.h"
#include "service/trust_lists.h"
#include "store/store.h"

struct agent_components { /* all are borrowed; they live as long as the agent */
	struct agent *agent;
	struct loop *loop;
	const char *state; /* the folder for stored files */
	const struct settings_db *settings;
	struct store *store;
	struct anchors *anchors;
	const struct trust_lists *trust_lists;
	struct date *date;
	struct dns *dns;
	struct clock *clock;
	struct delivery *delivery;
	struct provisioning *provisioning;
};
const struct agent_components *agent_components(struct agent *a);

/* Publishes a change of the agent's own status or settings like a publication of codec software: listeners
 * are called, and it is posted. Takes ownership of change; NULL is allowed. */
void publish_own(struct agent *a, struct doc *change);
/* Commits the open transaction of the store soon. */
void publish_soon(struct agent *a);

#endif
