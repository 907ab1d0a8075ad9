/* readiness: the guide's checklist, item by item, and the level that the device has reached by it.
 *
 * Levels tell how management goes over the network: 3 over HTTPS alone, 4 with every server verified, as the guide has them; 1 in
 * plain protocols and 2 over HTTPS with plain ones beside it are ours. This agent speaks nothing but HTTPS; what else the
 * device offers, the kernel knows. */
#include "parts.h"

#include "agent/diagnose.h"
#include "base/file.h"
#include "base/mem.h"
#include "listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum outcome { PASS, FAIL, SKIP };
enum { ITEMS_MAX = 16, LISTENERS_MS = 10000, RESOLV_MS = 1000, RESOLV_MAX = 64 << 10 };
enum { LEVEL_SERVED = 2, LEVEL_ENCRYPTED = 3, LEVEL_VERIFIED = 4 };

struct item {
	const char *name, *hint;
	enum outcome outcome;
	char found[480];
};

struct checklist {
	size_t n;
	struct item items[ITEMS_MAX];
	int level;
};

struct agent_readiness {
	struct agent *agent;
	struct doc *result;
	struct dns_query *query;
	struct loop_timer *timer;
	struct item host;		/* the one that takes its time */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

/* Is it fulfilled? Its hint is for when it is not. */
static struct item *add(struct checklist *l, const char *name, int is_good, const char *hint)
{
	struct item *i = &l->items[l->n++];
	*i = (struct item){ .name = name, .outcome = is_good ? PASS : FAIL, .hint = is_good ? "" : hint };
	return i;
}

/* --- items ------------------------------------------------------------------------------------------------------ */

static void check_time(struct agent *a, struct checklist *l)
{
	char day[32];
	int64_t now = agent_now(a);
	struct item *i = add(l, "NTP", now != 0, "set xConfiguration NetworkServices NTP Server 1 Address to a server that answers");
	date_format(now, day, sizeof day);
	if (now)
		snprintf(i->found, sizeof i->found, "%s by %.200s", day, clock_server(a->clock));
	else
		snprintf(i->found, sizeof i->found, "the date is not known: %.300s", clock_trouble(a->clock));
}

/* Every read of the status asks, and opening a file costs as much as all the rest of it. */
static int system_has_server(struct agent *a)
{
	struct buf text;
	int64_t now = loop_now_ms(a->loop);
	if (a->resolv_read_ms && now - a->resolv_read_ms < RESOLV_MS)
		return a->system_has_server;
	buf_init(&text, RESOLV_MAX);
	a->system_has_server = file_read("/etc/resolv.conf", &text, NULL) == 0 && strstr(buf_str(&text), "nameserver");
	a->resolv_read_ms = now;
	buf_done(&text);
	return a->system_has_server;
}

static void check_names(struct agent *a, struct checklist *l)
{
	const struct settings *s = settings_get(a->settings);
	int has_own = s->dns.server[0][0] || s->dns.server[1][0] || s->dns.server[2][0];
	int has_system = !has_own && system_has_server(a);
	struct item *i = add(l, "DNS", has_own || has_system, "set xConfiguration Network 1 DNS Server 1 Address");
	snprintf(i->found, sizeof i->found, "%s", has_own ? "set" : has_system ? "the system's" : "no server is defined");
}

static void check_roots(struct agent *a, struct checklist *l)
{
	size_t n = anchors_count(a->anchors);
	struct item *i = add(l, "Roots", n > 0, "upload your authority's root: xCommand Security Certificates CA Add");
	snprintf(i->found, sizeof i->found, "%zu loaded", n);
}

static void check_own(struct agent *a, struct checklist *l)
{
	struct own_info o;
	size_t n = 0, locked = 0;
	for (; anchors_own_info(a->anchors, n, &o) == 0; n++)
		locked += o.locked != 0;
	struct item *i = add(l, "OwnCertificate", locked == 0, "give its passphrase: xCommand Security Certificates Services Unlock");
	if (n)
		snprintf(i->found, sizeof i->found, "%zu loaded, %zu locked", n, locked);
	else
		snprintf(i->found, sizeof i->found, "none is loaded: only servers that ask for one need it"), i->outcome = SKIP;
}

static void check_expiry(struct agent *a, struct checklist *l)
{
	struct doc *status = doc_new("Status");
	foresight_status(a, status);
	const struct doc *first = doc_get(status, "Security/Expiring[1]");
	struct item *i = add(l, "Expiry", !first, "have it renewed; xStatus Security Expiring lists all");
	if (first)
		snprintf(i->found, sizeof i->found, "%s \"%.300s\" ends %s", doc_text(first, "Kind", ""), doc_text(first, "Name", ""),
			 doc_text(first, "Ends", ""));
	else
		snprintf(i->found, sizeof i->found, "nothing is near its end");
	doc_free(status);
}

/* The first server for which `is_bad` holds. */
static const struct agent_server *first_bad(const struct agent_server *s, size_t n, int (*is_bad)(const struct agent_server *s))
{
	for (size_t i = 0; i < n; i++)
		if (is_bad(&s[i]))
			return &s[i];
	return NULL;
}

static int is_by_address(const struct agent_server *s)
{
	struct https_url url;
	return https_url_parse(s->url, &url, NULL) < 0 || url.is_address;
}

static int is_unverified(const struct agent_server *s)
{
	return !s->verify;
}

static void check_all(struct checklist *l, size_t n, const struct agent_server *bad, const char *name, const char *hint)
{
	struct item *i = add(l, name, !bad, hint);
	if (bad)
		snprintf(i->found, sizeof i->found, "%s: %.400s", bad->service, bad->url);
	else
		snprintf(i->found, sizeof i->found, "all %zu", n);
	if (!n)
		i->outcome = SKIP;
}

/* What the agent thought last of each server that it is set to talk to. */
static void check_verdicts(struct agent *a, struct checklist *l, size_t servers)
{
	const struct agent_seen *bad = NULL;
	size_t judged = 0;
	for (size_t k = 0; k < AGENT_SERVICES && a->seen[k].service[0]; k++) {
		judged += a->seen[k].code >= 0;
		if (a->seen[k].code > 0)
			bad = &a->seen[k];
	}
	struct item *i = add(l, "Verdicts", !bad, "xCommand Diagnostics Connection shows check by check what is wrong");
	if (bad)
		snprintf(i->found, sizeof i->found, "%s: %.250s %ld=%s", bad->service, bad->host, bad->code, verify_symbol(bad->code));
	else
		snprintf(i->found, sizeof i->found, "%zu servers judged, all good", judged);
	if (!judged || !servers)
		i->outcome = SKIP;
}

static void check_plain(struct agent *a, struct checklist *l)
{
	int64_t now = loop_now_ms(a->loop);
	if (!a->plain_read_ms || now - a->plain_read_ms > LISTENERS_MS) {
		listeners_plain("/proc/net", a->plain, sizeof a->plain);
		a->plain_read_ms = now;
	}
	struct item *i = add(l, "PlainServices", !a->plain[0], "switch them off: what they carry can be read and changed on its way");
	snprintf(i->found, sizeof i->found, "%s", a->plain[0] ? a->plain : "none listens");
}

static void fill(struct agent *a, struct checklist *l)
{
	struct agent_server s[AGENT_SERVERS_MAX];
	size_t n = servers_list(a, s);
	l->n = 0;
	check_time(a, l);
	check_names(a, l);
	struct item *set = add(l, "Servers", n > 0, "set a manager, a phone book or a feedback registration");
	snprintf(set->found, sizeof set->found, "%zu set, all by HTTPS, which never falls back", n);
	check_all(l, n, first_bad(s, n, is_by_address), "HostNames", "enter it by the host name in its certificate");
	check_all(l, n, first_bad(s, n, is_unverified), "Verification",
		  "set xConfiguration NetworkServices HTTPS VerifyServerCertificate: On, and TlsVerify of the service");
	check_roots(a, l);
	check_own(a, l);
	check_verdicts(a, l, n);
	check_expiry(a, l);
	check_plain(a, l);
	int is_ready = 1;
	for (size_t i = 0; i < l->n; i++)
		is_ready &= l->items[i].outcome != FAIL;
	l->level = is_ready ? LEVEL_VERIFIED : !a->plain[0] ? LEVEL_ENCRYPTED : n ? LEVEL_SERVED : 1;
}

void readiness_status(struct agent *a, struct doc *status)
{
	struct checklist l;
	char text[8];
	fill(a, &l);
	snprintf(text, sizeof text, "%d", l.level);
	doc_set_value(doc_make(status, "Security/Level"), DOC_INTEGER, text);
}

/* --- the command ------------------------------------------------------------------------------------------------ */

static void put(struct doc *result, uint32_t number, const struct item *i)
{
	static const char *const outcomes[] = { "Pass", "Fail", "Skip" };
	struct doc *to = doc_add(result, "Item", number);
	to->max_occurrence = DOC_UNBOUNDED;
	if (i->found[0])
		doc_add_value(to, "Found", DOC_STRING, i->found);
	if (i->outcome == FAIL && i->hint && i->hint[0])
		doc_add_value(to, "Hint", DOC_STRING, i->hint);
	doc_add_value(to, "Name", DOC_STRING, i->name);
	doc_add_value(to, "Outcome", DOC_LITERAL, outcomes[i->outcome]);
}

static void finish(void *arg)
{
	struct agent_readiness *r = arg;
	struct checklist l;
	const struct err ok = { .kind = ERR_NONE };
	fill(r->agent, &l);
	put(r->result, 1, &r->host);
	for (size_t i = 0; i < l.n; i++)
		put(r->result, (uint32_t)i + 2, &l.items[i]);
	doc_add_int(r->result, "Level", l.level);
	void (*done)(void *, const struct err *) = r->done;
	void *done_arg = r->arg;
	agent_readiness_cancel(r);
	done(done_arg, &ok);
}

/* Servers that call the device need this one. The agent itself is called by nobody: it does not count for the level. */
static void resolved(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct agent_readiness *r = arg;
	const struct wire_identity *who = status_identity(r->agent);
	char text[DNS_ADDRESS_TEXT];
	r->query = NULL;
	r->host.outcome = FAIL;
	snprintf(r->host.found, sizeof r->host.found, "%.400s", answer ? "" : e->text);
	for (size_t i = 0; answer && i < answer->n; i++) {
		dns_address_text(&answer->addresses[i], text, sizeof text);
		if (strcmp(text, who->ip_address) == 0 || strcmp(text, who->ip_address_v6) == 0)
			r->host.outcome = PASS;
		snprintf(r->host.found, sizeof r->host.found, "%.250s is %s, this device %.60s", answer->name, text, who->ip_address);
		if (r->host.outcome == PASS)
			break;
	}
	loop_timer_in(r->timer, 0);
}

struct agent_readiness *agent_readiness(struct agent *a, struct doc *result, void (*done)(void *arg, const struct err *e), void *arg)
{
	struct agent_readiness *r = mem_new(sizeof *r);
	char name[256];
	*r = (struct agent_readiness){ .agent = a, .result = result, .done = done, .arg = arg };
	r->host = (struct item){ .name = "HostName", .hint = "let the DNS servers know the device by its host name and its own address; "
			       "servers that call it need that, this agent does not" };
	r->timer = loop_timer_new(a->loop, finish, r);
	if (gethostname(name, sizeof name - 1) < 0)
		name[0] = '\0';
	name[sizeof name - 1] = '\0';
	r->query = dns_resolve(a->dns, name, resolved, r);
	return r;
}

void agent_readiness_cancel(struct agent_readiness *r)
{
	if (!r)
		return;
	if (r->query)
		dns_cancel(r->query);
	loop_timer_free(r->timer);
	free(r);
}
