/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include "schema/value.h"
#include "settings/guarded.h"
#include "trust/allowed.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Settings that say how servers are verified, with their values in order from weak to strong. */
static const struct {
	const char *path;
	struct schema_value order;
} ranks[] = {
	{ "HttpFeedback TlsVerify", SCHEMA_LIT("Off/On") },
	{ "Logging External TlsVerify", SCHEMA_LIT("Off/On") },
	{ "NetworkServices HTTPS VerifyServerCertificate", SCHEMA_LIT("Off/On") },
	{ "NetworkServices NTP Server 1 NTS", SCHEMA_LIT("Off/On") },
	{ "NetworkServices NTP Server 2 NTS", SCHEMA_LIT("Off/On") },
	{ "NetworkServices NTP Server 3 NTS", SCHEMA_LIT("Off/On") },
	{ "Phonebook Server 1 TlsVerify", SCHEMA_LIT("Off/On") },
	{ "Provisioning TlsVerify", SCHEMA_LIT("Off/On") },
	{ "Security Revocation Mode", SCHEMA_LIT("Off/Soft/Hard") },
	{ "Security Verification CommonName", SCHEMA_LIT("On/Off") },
	{ "Security Verification Profile", SCHEMA_LIT("Guide/Strict") },
};

/* Returns 1 if the setting is part of a list of roots (Security Trust Service) that limits a service now, and
 * afterwards it would not limit that service, or would allow a root that it does not allow now. */
static int widens(const struct settings *s, const char *path, const char *before, const char *after)
{
	static const char lists[] = "Security Trust Service ";
	unsigned n = strncmp(path, lists, strlen(lists)) == 0 ? (unsigned)(path[strlen(lists)] - '1')
							      : SETTINGS_TRUST_LISTS;
	if (n >= SETTINGS_TRUST_LISTS || s->trust[n].service == SETTINGS_TRUST_NONE)
		return 0;
	if (strcmp(path + strlen(lists) + 1, " Roots") == 0)
		return !allowed_narrows(before, after);
	/* its name: a list that is empty limits nothing */
	return strcmp(before, after) != 0 && !allowed_narrows(s->trust[n].roots, "");
}

static int weakens(const struct settings *s, const char *path, const char *before, const char *after)
{
	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
		if (strcmp(ranks[i].path, path) == 0)
			return schema_value_literal(&ranks[i].order, after) <
			       schema_value_literal(&ranks[i].order, before);
	return widens(s, path, before, after);
}

/* Refuses a setting or command that is in the list of guarded names. path begins with xCommand if it is the
 * path of a command. */
static int refuse_listed(const struct settings *s, const char *path, struct err *e)
{
	if (settings_guarded_lists(settings_guarded_always(), path))
		return err_set(e, ERR_DENIED, 0,
			       strncmp(path, "xCommand ", 9) == 0
				       ? "%s: private keys are never given to the manager"
				       : "%s: the manager may not change which settings it may change",
			       path);
	if (settings_guarded_lists(s->provisioning.guarded, path))
		return err_set(
			e, ERR_DENIED, 0,
			"%s: Provisioning ExternalManager Guarded names it, so the manager may not use it",
			path);
	if (settings_guarded_lists(settings_guarded_by_default(), path) &&
	    !settings_guarded_lists(s->provisioning.released, path))
		return err_set(e, ERR_DENIED, 0,
			       "%s: by default the manager may not use it; an administrator can allow it in "
			       "Provisioning ExternalManager Released",
			       path);
	return 0;
}

int guard_setting(const struct settings *s, const char *path, const char *before, const char *after,
		  struct err *e)
{
	if (refuse_listed(s, path, e) < 0)
		return -1;
	if (!s->provisioning.may_weaken && weakens(s, path, before, after))
		return err_set(e, ERR_DENIED, 0,
			       "%s: %s would make verification weaker, and Provisioning ExternalManager "
			       "MayWeaken is Off",
			       path, *after ? after : "an empty value");
	return 0;
}

int guard_allows_with_move(const struct settings *s, const char *path)
{
	return !settings_guarded_lists(s->provisioning.guarded, path);
}

/* Returns 1 if the command has a parameter other than these two. An abbreviated name counts as another
 * parameter, since it might stand for any. */
static int has_other(const struct doc *params, const char *one, const char *other)
{
	for (const struct doc *p = params->first; p; p = p->next)
		if (strcasecmp(p->name, one) != 0 && strcasecmp(p->name, other) != 0)
			return 1;
	return 0;
}

int guard_command(const struct settings *s, const char *path, const struct doc *params, struct err *e)
{
	char whole[200];
	snprintf(whole, sizeof whole, "xCommand %s", path);
	if (refuse_listed(s, whole, e) < 0)
		return -1;
	if (strncmp(path, "Diagnostics ", 12) == 0 && has_other(params, "Service", "FeedbackSlot"))
		return err_set(e, ERR_DENIED, 0,
			       "%s: the manager may only name a configured service, and no address", whole);
	return 0;
}
