/* SPDX-License-Identifier: MIT */
/* apply: changes settings, and configures the components that use them. */
#include "agent_internal.h"
#include "apply.h"

#include "base/log.h"

#include <string.h>

/* Nothing is configured: the code that uses the value reads it from the settings each time. */
enum { ON_DEMAND = 0 };

/* Tells which parts use a setting. Of the entries whose path is a beginning of the row's path, the first one
 * counts. Every row that fills a field of struct settings needs an entry. */
static const struct {
	const char *path;
	unsigned parts;
} uses[] = {
	{ "HttpFeedback Queue", STORE },
	{ "HttpFeedback TlsVerify", TRUST | DELIVERY | CUTS_OFF },
	{ "HttpFeedback", DELIVERY },
	{ "Logging External", LOGGING | CUTS_OFF },
	{ "Logging", LOGGING },
	{ "Network[1] DNS", NAMES | DELIVERY | CUTS_OFF },
	{ "NetworkServices HTTPS AnswerTimeout", DELIVERY | SERVICES },
	{ "NetworkServices HTTPS VerifyServerCertificate", TRUST | LOGGING | DELIVERY | SERVICES | CUTS_OFF },
	{ "NetworkServices HTTPS", WEB },
	{ "NetworkServices NTP", CLOCK | CUTS_OFF },
	{ "NetworkServices Websocket", WEB },
	{ "Phonebook Server[1] ID", ON_DEMAND },
	{ "Phonebook Server[1] TlsVerify", TRUST | SERVICES | CUTS_OFF },
	{ "Phonebook", SERVICES | CUTS_OFF },
	{ "Provisioning TlsVerify", TRUST | SERVICES | CUTS_OFF },
	{ "Provisioning", SERVICES | CUTS_OFF },
	{ "Security Revocation", TRUST | CLOCK | LOGGING | DELIVERY | SERVICES | WEB | CUTS_OFF },
	{ "Security Session InactivityTimeout", WEB },
	{ "Security Session", ON_DEMAND },
	{ "Security Trust", TRUST | CLOCK | LOGGING | DELIVERY | SERVICES | CUTS_OFF },
	{ "Security Verification", TRUST | CLOCK | LOGGING | DELIVERY | SERVICES | CUTS_OFF },
	{ "SystemUnit", IDENTITY },
};

static void configure_logging(struct agent *a, const struct settings *s)
{
	static const enum log_level levels[] = { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE,
						 LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
	log_set_level(levels[s->logging.level]);
	log_set_facility(s->logging.facility);
	log_set_audit_facility(s->logging.audit_facility);
	logging_configure(a->logging, s);
}

static void configure_names(struct agent *a, const struct settings *s)
{
	struct err e;
	struct dns_options o = service_name_servers(s);
	if (dns_configure(a->dns, &o, &e) < 0)
		log_error("dns: %s", e.text);
	https_ask_anew(a->https); /* known addresses are from the previous name servers */
}

struct store_options apply_store_options(const struct settings *s, const char *path)
{
	return (struct store_options){
		.path = path,
		.max_count = (uint64_t)s->feedback.max_count,
		.max_bytes = (uint64_t)s->feedback.max_bytes,
		.max_age_s = s->feedback.max_age_s,
	};
}

static void configure(struct agent *a, unsigned parts)
{
	const struct settings *s = settings_get(a->settings);
	if (parts & LOGGING)
		configure_logging(a, s);
	if (parts & STORE) {
		struct store_options limits = apply_store_options(s, NULL);
		store_limits(a->store, &limits);
	}
	if (parts & NAMES)
		configure_names(a, s);
	if (parts & CLOCK)
		clock_configure(a->clock, s);
	if (parts & (TRUST | NAMES)) /* open connections were verified under the previous settings */
		https_new_epoch(a->https);
	if (parts & DELIVERY)
		delivery_configure(a->delivery);
	if (parts & SERVICES) {
		phonebook_configure(a->phonebook, s, settings_value(a->settings, "Phonebook Server 1 URL"));
		provisioning_configure(a->provisioning);
	}
	if (parts & WEB)
		inbound_update(a->inbound);
	a->last = *s;
	cutoffs_changed(a);
}

void apply_all(struct agent *a)
{
	configure(a, ~0u);
}

int apply_use(const struct settings_row *row, unsigned *ret_parts)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (strncmp(row->path, uses[i].path, strlen(uses[i].path)) == 0) {
			*ret_parts = uses[i].parts;
			return 0;
		}
	return -1;
}

static void add_parts(void *arg, const struct settings_row *row)
{
	unsigned *parts = arg, used_by = ON_DEMAND;
	apply_use(row, &used_by);
	*parts |= used_by;
}

int apply_changes(struct agent *a)
{
	unsigned parts = 0;
	settings_compare(&a->last, settings_get(a->settings), add_parts, &parts);
	configure(a, parts);
	audit_mark(a->audit, 1u << AUDIT_SETTING);
	if (parts & (IDENTITY | NAMES))
		agent_identity_changed(a);
	if (parts & NAMES) /* time servers that had no address may have one now */
		clock_poll(a->clock);
	return (parts & CUTS_OFF) != 0;
}

int agent_may_cut_off(const struct settings_pair *set, size_t n)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	unsigned parts = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = settings_find(set[i].path, found, NULL); k-- > 0;)
			add_parts(&parts, found[k].row);
	return (parts & CUTS_OFF) != 0;
}

int agent_configure(struct agent *a, const struct settings_pair *set, size_t n, struct err *e)
{
	struct settings_change *c = settings_begin(a->settings);
	struct doc *changed;
	char back[CUTOFF_BACK];
	cutoffs_way_back(a, set, n, back, sizeof back);
	for (size_t i = 0; i < n; i++)
		if (settings_change_put(c, &set[i], e) < 0) {
			settings_abandon(c);
			return -1;
		}
	if (settings_commit(c, &changed, e) < 0)
		return -1;
	if (apply_changes(a))
		cutoffs_update(a, back);
	if (a->changes.configured)
		a->changes.configured(a->changes.confirmation, set, n);
	publish_own(a, changed);
	return 0;
}

int agent_push(struct agent *a, const struct settings_pair *set, size_t n, struct err *e)
{
	const struct agent_changes *to = &a->changes;
	return to->push ? to->push(to->confirmation, set, n, e) : agent_configure(a, set, n, e);
}

void agent_watch_changes(struct agent *a, const struct agent_changes *w)
{
	a->changes = w ? *w : (struct agent_changes){ .confirmation = NULL };
}

struct confirmation *agent_confirmation(const struct agent *a)
{
	return a->changes.confirmation;
}
