/* SPDX-License-Identifier: MIT */
/* agent_provisioning: creates provisioning and the phone book, and gives them access to the agent's
 * components. */
#include "agent_internal.h"

static enum provisioning_date date(void *arg)
{
	struct agent *a = arg;
	if (date_state(a->date) == DATE_SYNCHRONISED)
		return PROVISIONING_DATE_KNOWN;
	return *clock_trouble(a->clock) ? PROVISIONING_DATE_UNKNOWN : PROVISIONING_DATE_AWAITED;
}

static const struct audit_who manager = { .by = AUDIT_BY_MANAGER };

static int configure(void *arg, const struct settings_pair *set, size_t n, struct err *e)
{
	int r = agent_push(arg, set, n, e);
	audit_look(agent_audit(arg), &manager);
	return r;
}

static void refused(void *arg, const char *what, const char *why)
{
	audit_refused(agent_audit(arg), &manager, what, why);
}

static struct doc *document(void *arg, enum provisioning_document which)
{
	switch (which) {
	case PROVISIONING_STATUS: return agent_status(arg);
	case PROVISIONING_CONFIGURATION: return agent_configuration(arg);
	case PROVISIONING_VALUESPACE: break;
	}
	return settings_valuespace();
}

/* When the manager has been reached for the first time, the device's own address is known: the one from which
 * packets to it are sent. */
static void changed(void *arg)
{
	struct agent *a = arg;
	agent_status_changed(a, "Provisioning");
	if (a->provisioning)
		agent_identity_changed(a);
}

struct provisioning *agent_provisioning(struct agent *a)
{
	return a->provisioning;
}

void agent_provisioning_init(struct agent *a)
{
	a->provisioning = provisioning_new(&(struct provisioning_options){ .loop = a->loop,
									   .https = a->https,
									   .settings = a->settings,
									   .state = a->state,
									   .boots = a->manager_boots,
									   .identity = agent_given_identity,
									   .now = agent_given_now,
									   .date = date,
									   .configure = configure,
									   .refused = refused,
									   .document = document,
									   .changed = changed,
									   .arg = a });
	a->phonebook = phonebook_new(&(struct phonebook_options){
		.loop = a->loop, .https = a->https, .identity = agent_given_identity, .arg = a });
}

struct phonebook *agent_phonebook(struct agent *a)
{
	return a->phonebook;
}
