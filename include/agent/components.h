/* SPDX-License-Identifier: MIT */
/* components: what the agent has connected, lent to those who stand above it and need more of a component
 * than the agent's own functions give: its diagnostics. */
#ifndef AGENT_COMPONENTS_H
#define AGENT_COMPONENTS_H

#include "agent/agent.h"
#include "clock/clock.h"
#include "date/date.h"
#include "delivery/delivery.h"
#include "net/dns.h"
#include "provisioning/provisioning.h"
#include "store/store.h"

struct agent_components { /* all borrowed, as long as the agent lives */
	struct agent *agent;
	struct loop *loop;
	const struct settings_db *settings;
	struct store *store;
	struct anchors *anchors;
	struct date *date;
	struct dns *dns;
	struct clock *clock;
	struct delivery *delivery;
	struct provisioning *provisioning;
};
const struct agent_components *agent_components(struct agent *a);

/* Publishes a change of the device's own: it is told to listeners and posted as any other. Takes change;
 * NULL is fine. */
void publish_own(struct agent *a, struct doc *change);
/* What was written into the store is made durable soon. */
void publish_soon(struct agent *a);

#endif
