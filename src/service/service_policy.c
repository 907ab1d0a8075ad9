/* SPDX-License-Identifier: MIT */
#include "service/service.h"

/* The service that the name of a Security Trust Service stands for, and which slot of SERVICE_FEEDBACK, 0
 * for all; SERVICE_ANY: none. */
static enum service meant(int name, int *ret_slot)
{
	static const enum service services[] = {
		[SETTINGS_TRUST_NONE] = SERVICE_ANY,
		[SETTINGS_TRUST_MANAGER] = SERVICE_MANAGER,
		[SETTINGS_TRUST_FEEDBACK] = SERVICE_FEEDBACK,
		[SETTINGS_TRUST_FEEDBACK_1] = SERVICE_FEEDBACK,
		[SETTINGS_TRUST_FEEDBACK_2] = SERVICE_FEEDBACK,
		[SETTINGS_TRUST_FEEDBACK_3] = SERVICE_FEEDBACK,
		[SETTINGS_TRUST_FEEDBACK_4] = SERVICE_FEEDBACK,
		[SETTINGS_TRUST_LOGGING] = SERVICE_LOGGING,
		[SETTINGS_TRUST_NTS] = SERVICE_NTS,
		[SETTINGS_TRUST_PHONEBOOK] = SERVICE_PHONEBOOK,
	};
	*ret_slot = name >= SETTINGS_TRUST_FEEDBACK_1 && name <= SETTINGS_TRUST_FEEDBACK_4
			    ? name - SETTINGS_TRUST_FEEDBACK
			    : 0;
	return services[name];
}

/* Returns 1 if the name stands for this service. Whom the manager names is trusted as the manager is. */
static int covers(int name, enum service which, int slot)
{
	int of_slot;
	enum service of = meant(name, &of_slot);
	return of != SERVICE_ANY && of == (which == SERVICE_DOCUMENTS ? SERVICE_MANAGER : which) &&
	       (!of_slot || of_slot == slot);
}

struct verify_policy service_policy(const struct settings *s, enum service which, int slot)
{
	struct verify_policy p = {
		.profile = (enum verify_profile)s->verification.profile,
		.revocation = (enum verify_revocation)s->verification.revocation,
		.no_common_name = !s->verification.common_name,
	};
	_Static_assert(sizeof p.allowed.service == SERVICE_NAME, "a service's name fits");
	for (unsigned i = 0; i < SETTINGS_TRUST_LISTS; i++)
		if (covers(s->trust[i].service, which, slot))
			allowed_limit(&p.allowed, i + 1, s->trust[i].roots);
	if (p.allowed.settings)
		service_write_name(which, slot, p.allowed.service);
	return p;
}

struct verify_policy service_policy_named(const struct settings *s, enum settings_trust_service name)
{
	int slot;
	enum service which = meant(name, &slot);
	return service_policy(s, which, slot);
}

struct allowed_roots service_allowed(const struct settings *s, unsigned n)
{
	static const struct schema_value names = SCHEMA_LIT(SETTINGS_TRUST_NAMES);
	struct allowed_roots a = { .settings = 0 };
	schema_value_literal_at(&names, (size_t)s->trust[n - 1].service, a.service, sizeof a.service);
	if (s->trust[n - 1].service != SETTINGS_TRUST_NONE)
		allowed_limit(&a, n, s->trust[n - 1].roots);
	return a;
}
