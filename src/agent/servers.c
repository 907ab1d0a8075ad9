/* SPDX-License-Identifier: MIT */
/* servers: every server that the agent is configured to talk to, for those who look at all of them. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

static struct agent_server *add(struct agent_server *list, size_t *n, const char *name,
				const struct settings *set, enum service which)
{
	struct agent_server *s = &list[(*n)++];
	struct service_rules rules;
	service_rules(set, which, &rules);
	snprintf(s->service, sizeof s->service, "%s", name);
	s->verify = rules.verify;
	return s;
}

static void add_manager(struct agent_server *list, size_t *n, const struct settings *s, const char *address)
{
	if (!address[0] || s->provisioning.mode == SETTINGS_PROVISIONING_OFF)
		return;
	struct agent_server *to = add(list, n, "ExternalManager", s, SERVICE_MANAGER);
	snprintf(to->url, sizeof to->url, "https://%s/%s", address,
		 s->provisioning.path + strspn(s->provisioning.path, "/"));
}

size_t servers_list(struct agent *a, struct agent_server ret[AGENT_SERVERS_MAX])
{
	const struct settings *s = settings_get(a->settings);
	size_t n = 0;
	for (int slot = 1; slot <= STORE_SLOTS; slot++) {
		const struct store_registration *r = registrations_get(a->delivery, slot);
		char service[32];
		if (!r)
			continue;
		snprintf(service, sizeof service, "HttpFeedback %d", slot);
		snprintf(add(ret, &n, service, s, SERVICE_FEEDBACK)->url, sizeof ret->url, "%s", r->url);
	}
	add_manager(ret, &n, s, s->provisioning.address);
	add_manager(ret, &n, s, s->provisioning.alternate_address);
	if (s->phonebook.url[0] && s->phonebook.type != SETTINGS_PHONEBOOK_OFF)
		snprintf(add(ret, &n, "Phonebook", s, SERVICE_PHONEBOOK)->url, sizeof ret->url, "%s",
			 s->phonebook.url);
	return n;
}
