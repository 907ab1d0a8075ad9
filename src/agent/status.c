/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include "base/log.h"
#include "published.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT  SCHEMA_STR(0, 2048)
#define COUNT SCHEMA_INT(0, INT64_MAX)

static const struct agent_status_row rows[] = {
	{ "HttpFeedback[1..4] Coalesce", SCHEMA_LIT("Off/Status"),
	  "Status: while the server is away, changes of the status are merged into one post that waits." },
	{ "HttpFeedback[1..4] Expression[1..15]", TEXT, "What this slot wants to hear of." },
	{ "HttpFeedback[1..4] Format", SCHEMA_LIT("XML/JSON"), "Format of the posts." },
	{ "HttpFeedback[1..4] Status", SCHEMA_LIT("OK/Failed"),
	  "Failed after a try that failed, until one succeeds; xCommand HttpFeedback Enable tries at once." },
	{ "HttpFeedback[1..4] URL", TEXT, "Where posts go." },
	{ "HttpFeedback[1..4] Delivery Attempts", COUNT,
	  "Failed tries in a row for the post at the head of the queue." },
	{ "HttpFeedback[1..4] Delivery Coalesced", COUNT,
	  "Posts merged into others, counted since the slot was first used." },
	{ "HttpFeedback[1..4] Delivery Dead", COUNT,
	  "Posts that the server would never take, counted since the slot was first used." },
	{ "HttpFeedback[1..4] Delivery Delivered", COUNT,
	  "Posts delivered, counted since the slot was first used." },
	{ "HttpFeedback[1..4] Delivery DeliveredSinceStart", COUNT, "Those since the agent started." },
	{ "HttpFeedback[1..4] Delivery Dropped", COUNT,
	  "Posts dropped from a full queue, counted since the slot was first used." },
	{ "HttpFeedback[1..4] Delivery LastError", TEXT, "Why the last try failed." },
	{ "HttpFeedback[1..4] Delivery LastStatus", SCHEMA_INT(0, 999),
	  "HTTP status of the last answer; 0: none came." },
	{ "HttpFeedback[1..4] Delivery NextAttempt", SCHEMA_INT(0, INT64_MAX),
	  "Seconds until the next try." },
	{ "HttpFeedback[1..4] Delivery Parked", SCHEMA_LIT("False/True"),
	  "True: the server said that it is gone for good (HTTP 410); posts are kept and not tried until "
	  "xCommand HttpFeedback Enable." },
	{ "HttpFeedback[1..4] Delivery VerifyResult", SCHEMA_INT(0, 999),
	  "OpenSSL's number of the last verdict; 0: OK." },
	{ "HttpFeedback[1..4] Queue Bytes", COUNT, "Size of the posts that wait." },
	{ "HttpFeedback[1..4] Queue Count", COUNT, "Posts that wait." },
	{ "HttpFeedback[1..4] Queue OldestAge", COUNT,
	  "Seconds that the oldest of them has waited, when that is known." },
	{ "Network[1] Ethernet MacAddress", TEXT, "As documents to servers say it." },
	{ "Network[1] IPv4 Address", TEXT, "As documents to servers say it." },
	{ "Network[1] IPv6 Address", TEXT, "As documents to servers say it." },
	{ "NetworkServices NTP CurrentAddress", TEXT, "The server that the date comes from, or kernel." },
	{ "NetworkServices NTP LastError", TEXT, "Why the last round of questions gave no time." },
	{ "NetworkServices NTP Status", SCHEMA_LIT("Discarded/Synced/Unknown"),
	  "Codecs' own word for the state." },
	{ "Provisioning Attempts", COUNT, "Failed tries in a row." },
	{ "Provisioning Commands Failed", COUNT, "Commands of the manager that failed, since the start." },
	{ "Provisioning Commands ResultsNotPosted", COUNT,
	  "Times that their results could not be posted to the address that the manager "
	  "named, and went with the next event, since the start." },
	{ "Provisioning Commands ResultsPosted", COUNT,
	  "Times that their results were posted to the address that the manager named, since "
	  "the start." },
	{ "Provisioning Commands Run", COUNT, "Commands of the manager that were run, since the start." },
	{ "Provisioning Configuration Applied", COUNT,
	  "Settings that the manager changed, since the start." },
	{ "Provisioning Configuration Guarded", COUNT,
	  "Settings of the last push that the manager may not touch." },
	{ "Provisioning Configuration LastError", TEXT, "Why the last push was refused as a whole." },
	{ "Provisioning Configuration NotSupported", COUNT,
	  "Settings of the last push for what this agent does not have." },
	{ "Provisioning Configuration Unknown", COUNT,
	  "Settings of the last push that this agent does not know." },
	{ "Provisioning Documents Failed", COUNT,
	  "Documents asked for that could not be posted, since the start." },
	{ "Provisioning Documents Posted", COUNT, "Documents asked for that were posted, since the start." },
	{ "Provisioning ExternalManager Alternate", SCHEMA_LIT("False/True"),
	  "Whether the alternate address is in use." },
	{ "Provisioning ExternalManager StayedBecause", TEXT,
	  "Why the last move that the manager asked for was not made." },
	{ "Provisioning ExternalManager URL", TEXT, "The server in use." },
	{ "Provisioning HeartBeatInterval", COUNT, "Seconds between beats, as the server gave it." },
	{ "Provisioning LastError", TEXT, "Why the last try failed." },
	{ "Provisioning LastEvent", SCHEMA_LIT("Beat/Boot/Register"), "The last event that a server took." },
	{ "Provisioning LastEventAge", COUNT, "Seconds since then." },
	{ "Provisioning LastStatus", SCHEMA_INT(0, 999), "HTTP status of the last answer; 0: none came." },
	{ "Provisioning NextBeat", COUNT, "Seconds until the next event." },
	{ "Provisioning NextRetry", TEXT,
	  "When the next event is due; empty while none is, or while the date is not known." },
	{ "Provisioning NotSupported Bookings", COUNT,
	  "Bookings that the manager sent: this agent keeps no calendar." },
	{ "Provisioning NotSupported Files", COUNT,
	  "Files that the manager wants downloaded: this agent downloads none." },
	{ "Provisioning NotSupported Software", TEXT,
	  "Software that the manager wants installed: this agent replaces none." },
	{ "Provisioning Reason", TEXT,
	  "Why it is Idle, needs configuration, or failed; empty while all is well." },
	{ "Provisioning Server", TEXT, "The address of the server in use." },
	{ "Provisioning Status", SCHEMA_LIT(HEARTBEAT_STATES), "State of the external manager." },
	{ "Provisioning VerifyResult", SCHEMA_INT(0, 999), "OpenSSL's number of the last verdict; 0: OK." },
	{ "Security Certificates CA Count", COUNT, "Roots that are loaded." },
	{ "Security Expiring[1..n] DaysLeft", SCHEMA_INT(INT64_MIN, INT64_MAX),
	  "Days until it ends; negative: it has ended." },
	{ "Security Expiring[1..n] Ends", TEXT, "When it ends." },
	{ "Security Expiring[1..n] Kind", SCHEMA_LIT("Server/Root/RevocationList/OwnCertificate"),
	  "What is near its end." },
	{ "Security Expiring[1..n] Name", TEXT, "Its host, subject or issuer." },
	{ "Security Level", SCHEMA_INT(1, 4),
	  "The guide's level that the device has reached: 1 plain protocols, 2 HTTPS beside them, "
	  "3 HTTPS alone, 4 all verified; xCommand Security Readiness Show says what is missing." },
	{ "Security Server[1..n] Host", TEXT, "The server that was judged." },
	{ "Security Server[1..n] SafeSince", TEXT,
	  "Since when every verdict was good: while verification is Off, On would be safe since then." },
	{ "Security Server[1..n] Service", TEXT, "Who talks to it." },
	{ "Security Server[1..n] ValidUntil", TEXT, "The first end of validity in its chain." },
	{ "Security Server[1..n] Verification", SCHEMA_LIT("Off/On"),
	  "As the service's setting is now; Off: verdicts are only logged." },
	{ "Security Server[1..n] VerifyResult", TEXT,
	  "The last verdict, number and name; while Off, what On would do." },
	{ "SystemUnit Hardware Module SerialNumber", TEXT, "As documents to servers say it." },
	{ "SystemUnit ProductId", TEXT, "As documents to servers say it." },
	{ "SystemUnit ProductType", TEXT, "As documents to servers say it." },
	{ "SystemUnit Software Name", TEXT, "This agent." },
	{ "SystemUnit Software Version", TEXT, "As documents to servers say it." },
	{ "SystemUnit Uptime", COUNT, "Seconds since the agent started." },
	{ "Time State", SCHEMA_LIT("Unknown/Floor/Synchronised"),
	  "What is known of the date that certificates are judged on." },
	{ "Time SystemTime", TEXT, "The same as TrustedDate, by codecs' own name." },
	{ "Time TrustedDate", TEXT, "That date; empty unless Synchronised." },
	{ NULL, TEXT, NULL },
};

const struct agent_status_row *agent_status_rows(void)
{
	return rows;
}

const struct wire_identity *status_identity(struct agent *a)
{
	/* Addresses change behind our back, but not for every post. */
	int64_t now = loop_now_ms(a->loop);
	if (a->identity_read_ms < 0 || now - a->identity_read_ms > 60000) {
		identity_read(settings_get(a->settings), &a->identity);
		a->identity_read_ms = now;
	}
	return &a->identity;
}

static void put(struct doc *d, const char *path, enum doc_type type, const char *value)
{
	doc_set_value(doc_make(d, path), type, value);
}

static void put_count(struct doc *d, const char *path, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, value);
	put(d, path, DOC_INTEGER, text);
}

static void put_identity(struct agent *a, struct doc *d)
{
	const struct wire_identity *who = status_identity(a);
	put(d, "Network[1]/Ethernet/MacAddress", DOC_STRING, who->mac_address);
	put(d, "Network[1]/IPv4/Address", DOC_STRING, who->ip_address);
	put(d, "Network[1]/IPv6/Address", DOC_STRING, who->ip_address_v6);
	put(d, "SystemUnit/Hardware/Module/SerialNumber", DOC_STRING, who->serial_number);
	put(d, "SystemUnit/ProductId", DOC_STRING, who->product_id);
	put(d, "SystemUnit/ProductType", DOC_STRING, who->product_type);
	put(d, "SystemUnit/Software/Name", DOC_STRING, "sealpost");
	put(d, "SystemUnit/Software/Version", DOC_STRING, who->software_version);
}

static void put_date(struct agent *a, struct doc *d)
{
	static const char *const ntp_words[] = { "Unknown", "Discarded", "Synced" };
	enum date_state state = date_state(a->date);
	/* Codecs call a time that they do not take Discarded. */
	int refused = state != DATE_SYNCHRONISED && clock_trouble(a->clock)[0];
	put(d, "Time/State", DOC_LITERAL, date_state_name(state));
	put(d, "NetworkServices/NTP/Status", DOC_LITERAL,
	    ntp_words[state == DATE_SYNCHRONISED ? 2 : refused]);
	put(d, "NetworkServices/NTP/CurrentAddress", DOC_STRING, clock_server(a->clock));
	put(d, "NetworkServices/NTP/LastError", DOC_STRING, clock_trouble(a->clock));
}

/* Those words of the manager that last, and are told as changes. */
static void put_provisioning(struct agent *a, struct doc *d)
{
	const struct settings *set = settings_get(a->settings);
	struct heartbeat_status s;
	heartbeat_status(a->manager, &s);
	int rests = s.state == HEARTBEAT_IDLE || s.state == HEARTBEAT_NEED_CONFIG;
	put(d, "Provisioning/Status", DOC_LITERAL, heartbeat_state_name(s.state));
	put(d, "Provisioning/Reason", DOC_STRING, s.reason);
	put(d, "Provisioning/LastError", DOC_STRING, rests ? "" : s.reason);
	put(d, "Provisioning/Server", DOC_STRING,
	    !s.server[0]  ? ""
	    : s.alternate ? set->provisioning.alternate_address
			  : set->provisioning.address);
	put(d, "Provisioning/ExternalManager/URL", DOC_STRING, s.server);
	put(d, "Provisioning/ExternalManager/Alternate", DOC_LITERAL, s.alternate ? "True" : "False");
	put(d, "Provisioning/ExternalManager/StayedBecause", DOC_STRING, s.stayed);
	if (s.last_event[0])
		put(d, "Provisioning/LastEvent", DOC_LITERAL, s.last_event);
	put_count(d, "Provisioning/HeartBeatInterval", (uint64_t)s.heartbeat_s);
	put(d, "Provisioning/Configuration/LastError", DOC_STRING, a->manage.refusal);
	put_count(d, "Provisioning/Configuration/Applied", a->manage.applied);
	put_count(d, "Provisioning/Configuration/Unknown", a->manage.skipped[PUSH_UNKNOWN]);
	put_count(d, "Provisioning/Configuration/NotSupported", a->manage.skipped[PUSH_UNSUPPORTED]);
	put_count(d, "Provisioning/Configuration/Guarded", a->manage.skipped[PUSH_GUARDED]);
	put_count(d, "Provisioning/Commands/Run", a->manage.commands_run);
	put_count(d, "Provisioning/Commands/Failed", a->manage.commands_failed);
	put(d, "Provisioning/NotSupported/Software", DOC_STRING, a->manage.software);
	put_count(d, "Provisioning/NotSupported/Files", a->manage.files);
	put_count(d, "Provisioning/NotSupported/Bookings", a->manage.bookings);
}

static void put_beat(struct agent *a, struct doc *d)
{
	struct heartbeat_status s;
	struct documents_counts posted;
	char when[32];
	heartbeat_status(a->manager, &s);
	documents_counts(a->documents, &posted);
	put_count(d, "Provisioning/Attempts", s.attempts);
	if (s.last_event[0])
		put_count(d, "Provisioning/LastEventAge",
			  (uint64_t)(loop_now_ms(a->loop) - s.last_event_ms) / 1000);
	if (s.last_status)
		put_count(d, "Provisioning/LastStatus", (uint64_t)s.last_status);
	int64_t now = agent_now(a);
	if (s.next_ms >= 0)
		put_count(d, "Provisioning/NextBeat", (uint64_t)(s.next_ms + 999) / 1000);
	date_format(now + s.next_ms / 1000, when, sizeof when);
	put(d, "Provisioning/NextRetry", DOC_STRING, now && s.next_ms >= 0 ? when : "");
	if (s.last_verdict >= 0)
		put_count(d, "Provisioning/VerifyResult", (uint64_t)s.last_verdict);
	put_count(d, "Provisioning/Documents/Posted", posted.posted);
	put_count(d, "Provisioning/Documents/Failed", posted.failed);
	put_count(d, "Provisioning/Commands/ResultsPosted", posted.results_posted);
	put_count(d, "Provisioning/Commands/ResultsNotPosted", posted.results_failed);
}

void status_init(struct agent *a)
{
	struct doc *own = doc_new("Status");
	a->status = doc_new("Status");
	a->published = published_new();
	put_identity(a, own);
	put_date(a, own);
	put_provisioning(a, own);
	doc_free(doc_merge(a->status, own));
	doc_free(own);
}

struct doc *agent_configuration(struct agent *a)
{
	struct doc *d = doc_copy(settings_doc(a->settings));
	struct identity_network n;
	identity_network(&n);
	put(d, "Network[1]/IPv4/Address", DOC_STRING, n.address);
	put(d, "Network[1]/IPv4/Assignment", DOC_LITERAL, n.is_permanent ? "Static" : "DHCP");
	put(d, "Network[1]/IPv4/Gateway", DOC_STRING, n.gateway);
	put(d, "Network[1]/IPv4/SubnetMask", DOC_STRING, n.subnet_mask);
	return d;
}

/* What moves all the time is not published but read when somebody asks: brings it into a copy of what is
 * published. */
static struct doc *with_live(struct agent *a, struct doc *all)
{
	struct doc *live = doc_new("Status"), *old;
	int64_t now_unix = agent_now(a);
	char date[32] = "";
	while ((old = doc_child(all, "HttpFeedback", 0))) {
		doc_detach(old);
		doc_free(old);
	}
	if (now_unix)
		date_format(now_unix, date, sizeof date);
	delivery_status(a->delivery, live);
	put_identity(a, live);
	put_date(a, live);
	put_provisioning(a, live);
	put_beat(a, live);
	put(live, "Time/SystemTime", DOC_STRING, date);
	put(live, "Time/TrustedDate", DOC_STRING, date);
	put_count(live, "Security/Certificates/CA/Count", anchors_count(a->anchors));
	security_status(a, live);
	expiry_status(a, live);
	readiness_status(a, live);
	put_count(live, "SystemUnit/Uptime", (uint64_t)(loop_now_ms(a->loop) - a->started_ms) / 1000);
	doc_free(doc_merge(all, live));
	doc_free(live);
	return all;
}

struct doc *agent_status(struct agent *a)
{
	return with_live(a, doc_copy(a->status));
}

static void ignore(void *arg, const struct doc *d)
{
	(void)arg, (void)d;
}

struct doc *agent_status_at(struct agent *a, const struct doc_path *p, enum doc_words how, struct err *e)
{
	struct err other;
	struct doc *all = with_live(a, doc_path_sparse(a->status, p));
	if (!p->n)
		return all;
	struct doc *found = doc_path_subset(all, p, how, e);
	doc_free(all);
	/* The names that were left out may be those that were meant. */
	if (!found && e->kind == ERR_NOTFOUND && doc_find(a->status, p, how, ignore, NULL, &other) < 0 &&
	    other.kind == ERR_NOTFOUND && other.code > e->code)
		*e = other;
	return found;
}

int agent_status_is_empty_list(struct agent *a, const struct doc_path *p, enum doc_words how)
{
	return published_is_empty_list(a->published, a->status, p, how);
}

void agent_set_product(struct agent *a, struct doc *root)
{
	const struct wire_identity *who = status_identity(a);
	doc_set_attr(root, "product", who->product_type);
	doc_set_attr(root, "version", who->software_version);
	doc_set_attr(root, "apiVersion", "4");
}

void status_date_changed(struct agent *a)
{
	struct doc *d = doc_new("Status");
	put_date(a, d);
	publish_own(a, d);
}

void status_provisioning_changed(struct agent *a)
{
	struct doc *d = doc_new("Status");
	put_provisioning(a, d);
	publish_own(a, d);
}

void status_slot_changed(struct agent *a, int slot)
{
	struct doc *d = doc_new("Status");
	struct doc *h = doc_add(d, "HttpFeedback", (uint32_t)slot);
	h->max_occurrence = DOC_UNBOUNDED;
	if (registrations_get(a->delivery, slot))
		put(h, "Status", DOC_LITERAL, delivery_has_failed(a->delivery, slot) ? "Failed" : "OK");
	else
		h->ghost = 1;
	publish_own(a, d);
}
