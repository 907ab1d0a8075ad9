/* SPDX-License-Identifier: MIT */
#include "diagnostics/diagnostics.h"

#include "base/mem.h"
#include "diagnostics/confirmation.h"
#include "diagnostics/diagnostics_status.h"
#include "diagnostics_internal.h"
#include "messages_internal.h"

#include <stdlib.h>

enum { HOUR_MS = 3600 * 1000, SETTLED_MS = 3000 };

static void hourly(void *arg)
{
	struct diagnostics *d = arg;
	expiry_check(d);
	loop_timer_in(d->hourly, HOUR_MS);
}

static void trust_changed(void *arg)
{
	struct diagnostics *d = arg;
	confirmation_roots_changed(d->confirmation);
	expiry_check(d);
	messages_changed(d);
}

struct diagnostics *diagnostics_new(struct agent *a)
{
	struct diagnostics *d = mem_new(sizeof *d);
	d->agent = agent_components(a);
	d->hourly = loop_timer_new(d->agent->loop, hourly, d);
	loop_timer_in(d->hourly, SETTLED_MS);
	agent_watch_trust(a, trust_changed, d);
	agent_add_status(a, &(struct status_table){ expiry_status_rows, d });
	agent_add_status(a, &(struct status_table){ readiness_status_rows, d });
	d->confirmation = confirmation_new(a);
	d->messages = messages_new(d);
	messages_add_source(d, message_sources_collect, d);
	agent_add_status(a, &(struct status_table){ messages_status_rows, d });
	return d;
}

void diagnostics_free(struct diagnostics *d)
{
	if (!d)
		return;
	agent_remove_status(d->agent->agent, d);
	agent_watch_trust(d->agent->agent, NULL, NULL);
	messages_free(d->messages);
	confirmation_free(d->confirmation);
	loop_timer_free(d->hourly);
	free(d);
}
