/* SPDX-License-Identifier: MIT */
/* message_sources: reports the faults that the agent can see in its own status, verdicts and certificates. */
#include "messages_internal.h"

#include "agent/cutoffs.h"
#include "agent/verdicts.h"
#include "base/text.h"
#include "certstore/own.h"
#include "date/zone.h"
#include "diagnostics/diagnostics_status.h"
#include "service/service.h"
#include "x509/codes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A queue with this many posts, or with a post of this age, is reported as growing. */
enum { QUEUE_MANY = 100, QUEUE_OLD_S = 3600, ERROR_DAYS = 7 };

__attribute__((format(printf, 3, 4))) static void add(struct message_list *l, struct message m,
						      const char *fmt, ...)
{
	char text[1000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	m.description = text;
	message_list_add(l, &m);
}

static struct message kind(enum message_level level, const char *type, const char *about,
			   const char *references)
{
	return (struct message){ level, type, about, references, "" };
}

/* --- date, roots, verification --- */

static void add_time(const struct agent_components *a, int is_verified, struct message_list *l)
{
	const char *trouble = clock_trouble(a->clock);
	static const char to_do[] = "xConfiguration NetworkServices NTP";
	if (!agent_now(a->agent))
		add(l, kind(is_verified ? MESSAGE_CRITICAL : MESSAGE_WARNING, "DateUnknown", "", to_do),
		    "The date is not known%s%s%s.", *trouble ? ": " : "", trouble,
		    is_verified ? "; nothing is sent to servers that are verified" : "");
	else if (*trouble)
		add(l, kind(MESSAGE_WARNING, "TimeServers", "", to_do),
		    "The time servers gave no date, and the one that was known is carried on: %s.", trouble);
}

/* The default is not reported: it means the same without a zone database. */
static void add_zone(const struct agent_components *a, struct message_list *l)
{
	const char *zone = settings_value(a->settings, "Time Zone");
	char quoted[100];
	if (*zone && strcmp(zone, "Etc/UTC") != 0 && !zone_is_known(zone))
		add(l, kind(MESSAGE_WARNING, "TimeZone", "", "xConfiguration Time Zone"),
		    "The time zone %s is not in this system's zone database, so xCommand Time DateTime Get "
		    "answers in UTC.",
		    text_quoted(zone, quoted, sizeof quoted));
}

static void add_servers(const struct agent_components *a, struct message_list *l)
{
	struct servers *servers = agent_servers(a->agent);
	size_t verified = 0;
	char name[SERVICE_NAME + 80];
	for (size_t i = 0; i < servers->n; i++) {
		const struct service_endpoint *one = &servers->at[i];
		verified += one->verify != 0;
		if (one->verify)
			continue;
		snprintf(name, sizeof name, "xConfiguration %s", service_verify_setting(one->service));
		add(l, kind(MESSAGE_WARNING, "VerificationOff", one->name, name),
		    "The certificate of %s is not verified: whoever is on the way can read and change what "
		    "is sent. xStatus Security Server says whether it would be trusted.",
		    one->name);
	}
	if (verified && !anchors_count(a->anchors))
		add(l, kind(MESSAGE_CRITICAL, "NoRoots", "", "xCommand Security Certificates CA Add"),
		    "No root certificate is loaded, so no server can be verified, and nothing is sent.");
	add_time(a, verified != 0, l);
	servers_free(servers);
}

static void add_verdicts(const struct agent_components *a, struct message_list *l)
{
	const struct verdicts_seen *v;
	for (unsigned i = 1; (v = verdicts_at(a->agent, i)); i++) {
		char host[300];
		if (v->code <= 0 || v->code == VERIFY_REFUSED_BEFORE_HANDSHAKE)
			continue;
		add(l,
		    kind(v->enforced ? MESSAGE_ERROR : MESSAGE_WARNING, "CertificateRefused", v->service,
			 "xCommand Diagnostics Connection"),
		    "The certificate of %s, %s, %s: %ld=%s, %s.", v->service,
		    text_quoted(v->host, host, sizeof host),
		    v->enforced ? "is refused" : "would be refused if it were verified", v->code,
		    codes_symbol(v->code), codes_sentence(v->code));
	}
}

static void add_cutoffs(const struct agent_components *a, struct message_list *l)
{
	struct cutoff c;
	for (unsigned i = 1; cutoffs_at(a->agent, i, &c); i++) {
		char host[300];
		add(l, kind(MESSAGE_ERROR, "CutOff", c.service, "xCommand Configuration Try"),
		    "A change has cut off %s, %s, which was accepted at its last handshake: %ld=%s, %s%s. To "
		    "go back: %s.",
		    c.service, text_quoted(c.host, host, sizeof host), c.code, codes_symbol(c.code),
		    codes_sentence(c.code), c.list, c.back);
	}
}

static void add_trust_lists(const struct agent_components *a, struct message_list *list)
{
	struct trust_list l;
	for (unsigned i = 0; i < TRUST_LISTS_MAX; i++) {
		char about[32], to_do[64];
		if (!trust_lists_at(a->trust_lists, i, &l))
			continue;
		snprintf(about, sizeof about, "%u", i + 1);
		snprintf(to_do, sizeof to_do, "xConfiguration Security Trust Service %u", l.item);
		add(list, kind(l.is_nobody ? MESSAGE_ERROR : MESSAGE_WARNING, "TrustList", about, to_do),
		    "%s", l.text);
	}
}

static void add_own(const struct agent_components *a, struct message_list *l)
{
	struct own_info o;
	char subject[300];
	for (size_t i = 0; own_info(a->anchors, i, &o) == 0; i++)
		if (o.self_signed && strstr(o.cert.used_for, own_purpose_name(OWN_HTTPS)))
			add(l,
			    kind(MESSAGE_WARNING, "SelfSignedHttps", o.cert.fingerprint,
				 "xCommand Security Certificates CSR Create"),
			    "The device's HTTPS server shows a self-signed certificate, %s, which browsers "
			    "and clients trust only where they keep that very certificate.",
			    text_quoted(o.cert.subject, subject, sizeof subject));
}

/* --- faults that the status shows --- */

static struct doc *status_of(const struct diagnostics *d, const char *path)
{
	struct doc_path p;
	struct err e;
	return doc_path_parse(path, &p, &e) < 0 ? NULL
						: agent_status_at(d->agent->agent, &p, DOC_ABBREVIATED, &e);
}

/* Adds a message if the device's own HTTPS side is enabled and does not work. */
static void add_web(const struct diagnostics *d, struct message_list *l)
{
	struct doc *status = status_of(d, "NetworkServices/HTTPS/Server");
	const struct doc *at = status ? doc_get(status, "NetworkServices/HTTPS/Server") : NULL;
	if (at && strcmp(doc_text(at, "Certificate/KeyLocked", ""), "True") == 0)
		add(l,
		    kind(MESSAGE_ERROR, "HttpsKeyLocked", "",
			 "xCommand Security Certificates Services Unlock"),
		    "The key of the certificate for HTTPS lies under a passphrase and is locked; clients of "
		    "the device are shown a self-signed certificate until it is unlocked.");
	else if (at && strcmp(doc_text(at, "Certificate/SelfSigned", ""), "True") == 0)
		add(l,
		    kind(MESSAGE_WARNING, "SelfSignedHttps", "",
			 "xCommand Security Certificates Services Activate"),
		    "No certificate is active for HTTPS, so clients of the device are shown a self-signed "
		    "one that this agent has made: add one, and activate it.");
	if (at && strcmp(doc_text(at, "Status", ""), "NotRunning") == 0)
		add(l,
		    kind(MESSAGE_WARNING, "HttpsNotRunning", "", "xConfiguration NetworkServices HTTPS Mode"),
		    "NetworkServices HTTPS Mode is On, and sealpost-web does not serve: is it installed, and "
		    "what does its log say?");
	doc_free(status);
}

static void add_expiry(struct diagnostics *d, struct message_list *l)
{
	struct doc *status = doc_new("Status");
	status_read(&(struct status_table){ expiry_status_rows, d }, "", STATUS_ALL, status);
	for (const struct doc *i = doc_get(status, "Security/Expiring[1]"); i; i = i->next) {
		long days = strtol(doc_text(i, "DaysLeft", "0"), NULL, 10);
		const char *name = doc_text(i, "Name", ""), *what = doc_text(i, "Kind", "");
		char about[256], quoted[300];
		snprintf(about, sizeof about, "%s %s", what, name);
		add(l,
		    kind(days < 0            ? MESSAGE_CRITICAL
			 : days < ERROR_DAYS ? MESSAGE_ERROR
					     : MESSAGE_WARNING,
			 "CertificateExpiry", about, "xStatus Security Expiring"),
		    "%s %s %s on %s: have it renewed.", what, text_quoted(name, quoted, sizeof quoted),
		    days < 0 ? "has ended" : "ends", doc_text(i, "Ends", ""));
	}
	doc_free(status);
}

static void add_manager(const struct diagnostics *d, struct message_list *l)
{
	struct doc *status = status_of(d, "Provisioning");
	const char *state = status ? doc_text(status, "Provisioning/Status", "") : "",
		   *reason = status ? doc_text(status, "Provisioning/Reason", "") : "";
	if (strcmp(state, "Failed") == 0)
		add(l, kind(MESSAGE_ERROR, "ManagerUnreachable", "", "xStatus Provisioning"),
		    "The external manager cannot be used: %s.", reason);
	else if (strcmp(state, "AuthenticationFailed") == 0 || strcmp(state, "ConfigError") == 0)
		add(l, kind(MESSAGE_ERROR, "ManagerRefused", "", "xStatus Provisioning"),
		    "The external manager refuses this device: %s.", reason);
	doc_free(status);
}

static int has_dead_letters(const struct agent_components *a, int slot)
{
	struct store_dead dead;
	struct err e;
	if (store_dead_next(a->store, slot, 0, &dead, &e) != 0)
		return 0;
	free(dead.post.body);
	return 1;
}

static void add_slot(const struct agent_components *a, const struct doc *slot, struct message_list *l)
{
	char about[32], references[64];
	long count = strtol(doc_text(slot, "Queue/Count", "0"), NULL, 10),
	     age = strtol(doc_text(slot, "Queue/OldestAge", "0"), NULL, 10);
	snprintf(about, sizeof about, "HttpFeedback %" PRIu32, slot->item);
	snprintf(references, sizeof references, "xStatus %s", about);
	if (strcmp(doc_text(slot, "Status", ""), "Failed") == 0)
		add(l, kind(MESSAGE_ERROR, "FeedbackFailed", about, references),
		    "%s: its server cannot be used: %s.", about,
		    doc_text(slot, "Delivery/LastError", "the last try failed"));
	if (strcmp(doc_text(slot, "Delivery/AnsweredByPage", ""), "True") == 0)
		add(l, kind(MESSAGE_WARNING, "FeedbackPage", about, references),
		    "%s: its server answers posts with an HTML page, and they count as delivered: it may be "
		    "a log-in page, or "
		    "another program at this URL.",
		    about);
	if (count >= QUEUE_MANY || age >= QUEUE_OLD_S)
		add(l, kind(MESSAGE_WARNING, "QueueGrowing", about, references),
		    "%s: posts wait, %s; the oldest are dropped when the queue is full.", about,
		    age >= QUEUE_OLD_S ? "some for more than an hour" : "a hundred or more");
	snprintf(references, sizeof references,
		 "xCommand HttpFeedback DeadLetters List FeedbackSlot: %" PRIu32, slot->item);
	if (has_dead_letters(a, (int)slot->item))
		add(l, kind(MESSAGE_WARNING, "DeadLetters", about, references),
		    "%s: its server has refused posts for good; they are kept, and can be sent again or "
		    "deleted.",
		    about);
}

static void add_slots(const struct diagnostics *d, struct message_list *l)
{
	struct doc *status = status_of(d, "HttpFeedback");
	for (const struct doc *slot = status ? status->first : NULL; slot; slot = slot->next)
		if (doc_text(slot, "URL", NULL))
			add_slot(d->agent, slot, l);
	doc_free(status);
}

static void add_settings(const struct agent_components *a, struct message_list *l)
{
	char *path = settings_damaged(a->settings);
	if (path)
		add(l, kind(MESSAGE_ERROR, "SettingsDamaged", "", "xCommand Configuration Diff"),
		    "What the terminal and the manager had set has no effect, since its file was damaged; it "
		    "is set aside as %s. Look at it, bring its settings back with sealpost apply %s, and "
		    "delete it.",
		    path, path);
	free(path);
}

void message_sources_collect(void *arg, struct message_list *list)
{
	struct diagnostics *d = arg;
	char trouble[1000];
	add_settings(d->agent, list);
	add_servers(d->agent, list);
	add_zone(d->agent, list);
	add_verdicts(d->agent, list);
	add_cutoffs(d->agent, list);
	add_trust_lists(d->agent, list);
	add_manager(d, list);
	add_slots(d, list);
	add_expiry(d, list);
	add_own(d->agent, list);
	add_web(d, list);
	if (agent_storage_trouble(d->agent->agent, trouble, sizeof trouble))
		add(list, kind(MESSAGE_ERROR, "StoreFailed", "", "xCommand SystemUnit Storage Show"),
		    "What is to be kept cannot be written to disk: %s.", trouble);
}
