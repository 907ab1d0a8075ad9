/* SPDX-License-Identifier: MIT */
#include "settings/guarded.h"

#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Guarded by default, because a manager that could change these could decide what is logged, which posts are
 * dropped, what the date is, who can log in, by which roots it is trusted itself, whether the device can be
 * reached from the network, and whether its own changes wait to be confirmed; or could read or replace
 * secrets. docs/security.md has the list. */
static const char by_default[] =
	"HttpFeedback Queue, HttpFeedback Slot Secret, Logging, NetworkServices HTTPS Listen, "
	"NetworkServices HTTPS Mode, NetworkServices HTTPS RateLimit, NetworkServices HTTPS Server, "
	"NetworkServices HTTPS StrictTransportSecurity, NetworkServices HTTPS VerifyClientCertificate, "
	"NetworkServices NTP, NetworkServices Websocket, Provisioning ExternalManager ConfirmWithin, "
	"Provisioning Password, "
	"Security Session FailedLoginsLockoutTime, Security Session MaxFailedLogins, "
	"Security Session MaxSessionsPerUser, Security Session MaxTotalSessions, Security Trust, SystemUnit "
	"Password, SystemUnit StrictPassword, xCommand Configuration Confirm, xCommand Configuration Try, "
	"xCommand HttpFeedback DeadLetters Purge, "
	"xCommand HttpFeedback Queue "
	"Purge, xCommand Logging, xCommand Security, xCommand SystemUnit AdminPassword, xCommand Time, "
	"xCommand UserManagement";
static const char always[] = "Provisioning ExternalManager Guarded, Provisioning ExternalManager MayWeaken, "
			     "Provisioning ExternalManager Released, "
			     "xCommand Security Certificates Services Backup";
/* Settings that concern security: when a value is refused, an audit line is written. */
static const char audited[] =
	"HttpFeedback Slot Secret, HttpFeedback TlsVerify, Logging, NetworkServices HTTPS, "
	"NetworkServices NTP, Phonebook Server TlsVerify, Provisioning, Security, "
	"SystemUnit Password, SystemUnit StrictPassword";

const char *settings_guarded_always(void)
{
	return always;
}

const char *settings_guarded_by_default(void)
{
	return by_default;
}

const char *settings_guarded_audited(void)
{
	return audited;
}

static size_t word_len(const char *s)
{
	return strcspn(s, " ,");
}

static const char *next_word(const char *s)
{
	s += word_len(s);
	return s + strspn(s, " ");
}

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

int settings_guarded_lists(const char *list, const char *path)
{
	for (const char *entry = list; *entry; entry += *entry == ',') {
		entry += strspn(entry, " ");
		if (*entry && *entry != ',' && begins(path, entry))
			return 1;
		entry += strcspn(entry, ",");
	}
	return 0;
}

/* Checks that each entry of a Released list names something that is guarded by default. Any other entry would
 * have no effect, which an administrator would not expect. */
static int check_released(const char *entries, struct err *e)
{
	char one[ROWS_VALUE];
	for (const char *s = entries; *s; s += strspn(s, ", ")) {
		size_t len = strcspn(s, ",");
		snprintf(one, sizeof one, "%.*s", (int)len, s);
		if (!settings_guarded_lists(by_default, one))
			return err_set(e, ERR_INPUT, 0,
				       "\"%.100s\": expected something that is guarded by default, or a part "
				       "of it; docs/security.md lists what that is",
				       one);
		s += len;
	}
	return 0;
}

static int add_entry(const struct settings_row *row, const char *entry, struct buf *out, struct err *e)
{
	struct buf names;
	buf_init(&names, ROWS_VALUE - 1);
	int r = rows_entry(entry, &names, e);
	if (r == 0 && row->names == SETTINGS_NAMES_GUARDED_BY_DEFAULT)
		r = check_released(buf_str(&names), e);
	if (r == 0)
		buf_addf(out, "%s%s", out->len ? ", " : "", buf_str(&names));
	buf_done(&names);
	return r;
}

int rows_list(const struct settings_row *row, const char *text, struct buf *out,
	      void (*unknown)(void *arg, const char *why), void *arg, struct err *e)
{
	char entry[ROWS_VALUE], why[sizeof e->text + 200];
	for (const char *s = text; *s; s += *s == ',') {
		s += strspn(s, " ");
		size_t len = strcspn(s, ",");
		snprintf(entry, sizeof entry, "%.*s", (int)len, s);
		s += len;
		for (; len && entry[len - 1] == ' '; len--)
			entry[len - 1] = '\0';
		if (!len || add_entry(row, entry, out, e) == 0)
			continue;
		if (!unknown)
			return -1;
		snprintf(why, sizeof why,
			 "\"%.100s\" names nothing that is known; it is kept as it is and has no effect: %s",
			 entry, e->text);
		buf_addf(out, "%s%s", out->len ? ", " : "", entry);
		unknown(arg, why);
	}
	return out->full ? err_set(e, ERR_INPUT, 0,
				   "expected a shorter list: in whole words it is longer than %zu bytes",
				   out->max)
			 : 0;
}
