#include "manage_guard.h"

#include "schema/value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Settings that say how certificates are verified, their values from weak to strong. */
static const struct {
	const char *path;
	struct schema_value order;
} ranks[] = {
	{ "HttpFeedback TlsVerify", SCHEMA_LIT("Off/On") },
	{ "NetworkServices HTTPS VerifyServerCertificate", SCHEMA_LIT("Off/On") },
	{ "Phonebook Server 1 TlsVerify", SCHEMA_LIT("Off/On") },
	{ "Provisioning TlsVerify", SCHEMA_LIT("Off/On") },
	{ "Security Revocation Mode", SCHEMA_LIT("Off/Soft/Hard") },
	{ "Security Verification CommonName", SCHEMA_LIT("On/Off") },
	{ "Security Verification Profile", SCHEMA_LIT("Guide/Strict") },
};

/* What lifts the guards is itself guarded, whatever the list says. */
static const char always[] = "Provisioning ExternalManager Guarded, Provisioning ExternalManager MayWeaken";

static size_t word_len(const char *s)
{
	return strcspn(s, " ,");
}

static const char *next_word(const char *s)
{
	s += word_len(s);
	return s + strspn(s, " ");
}

/* Does path begin with the words of the entry? An entry without an index means every item. */
static int begins(const char *path, const char *entry)
{
	while (*entry && *entry != ',') {
		if (isdigit((unsigned char)*path) && !isdigit((unsigned char)*entry))
			path = next_word(path);
		size_t len = word_len(entry);
		if (!*path || word_len(path) != len || strncasecmp(path, entry, len) != 0)
			return 0;
		path = next_word(path);
		entry = next_word(entry);
	}
	return 1;
}

static int is_listed(const char *list, const char *kind, const char *path)
{
	size_t len = strlen(kind);
	for (const char *entry = list; *entry; entry += *entry == ',') {
		entry += strspn(entry, " ");
		int is_command = strncasecmp(entry, "xCommand", 8) == 0 && word_len(entry) == 8;
		const char *words = is_command ? next_word(entry) : entry;
		if (is_command == (len > 0) && *words && *words != ',' && begins(path, words))
			return 1;
		entry += strcspn(entry, ",");
	}
	return 0;
}

static int weakens(const char *path, const char *before, const char *after)
{
	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
		if (strcmp(ranks[i].path, path) == 0)
			return schema_literal(&ranks[i].order, after) < schema_literal(&ranks[i].order, before);
	return 0;
}

int manage_guard_setting(const struct settings *s, const char *path, const char *before, const char *after, struct err *e)
{
	if (is_listed(always, "", path) || is_listed(s->provisioning.guarded, "", path))
		return err_set(e, ERR_DENIED, 0, "%s: Provisioning ExternalManager Guarded keeps it from the manager", path);
	if (!s->provisioning.may_weaken && weakens(path, before, after))
		return err_set(e, ERR_DENIED, 0, "%s: %s would make verification weaker, and Provisioning ExternalManager "
			       "MayWeaken is Off", path, after);
	return 0;
}

int manage_guard_command(const struct settings *s, const char *path, struct err *e)
{
	if (is_listed(s->provisioning.guarded, "xCommand", path))
		return err_set(e, ERR_DENIED, 0, "%s: Provisioning ExternalManager Guarded keeps it from the manager", path);
	return 0;
}
