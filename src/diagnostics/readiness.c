/* SPDX-License-Identifier: MIT */
/* readiness: checks the device against the vendor's deployment guide, and finds the level of security that it
 * has reached. Levels 3 (management over HTTPS alone) and 4 (with every server verified) are the guide's.
 * Levels 1 (unencrypted protocols) and 2 (HTTPS, with unencrypted protocols beside it) are this agent's own.
 * The agent itself uses only HTTPS; the kernel's tables show what else listens on the device. */
#include "diagnostics_internal.h"

#include "agent/verdicts.h"
#include "diagnostics/diagnostics_status.h"

#include "certstore/own.h"
#include "diagnostics/readiness.h"
#include "base/mem.h"
#include "base/redact.h"
#include "listeners.h"
#include "service/service.h"
#include "x509/codes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum outcome { PASS, FAIL, SKIP };
enum { ITEMS_MAX = 16, LISTENERS_MS = 10000, OWN_MS = 60000 };
enum { LEVEL_SERVED = 2, LEVEL_ENCRYPTED = 3, LEVEL_VERIFIED = 4 };

struct item {
	const char *name, *hint;
	enum outcome outcome;
	char found[1000];
};

struct checklist {
	size_t n;
	struct item items[ITEMS_MAX];
	int level;
};

struct readiness {
	const struct agent_components *agent;
	struct doc *result;
	struct dns_query *query;
	struct loop_timer *timer;
	struct item host; /* the check that needs a DNS answer */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

/* Adds a check to the list. hint is shown if it has failed. */
static struct item *add(struct checklist *l, const char *name, int is_good, const char *hint)
{
	struct item *i = &l->items[l->n++];
	*i = (struct item){ .name = name, .outcome = is_good ? PASS : FAIL, .hint = is_good ? "" : hint };
	return i;
}

/* Appends a further name to the text of the item. */
__attribute__((format(printf, 2, 3))) static void name(struct item *i, const char *fmt, ...)
{
	va_list ap;
	size_t at = strlen(i->found);
	if (at && at + 2 < sizeof i->found)
		at += (size_t)snprintf(i->found + at, sizeof i->found - at, "; ");
	va_start(ap, fmt);
	vsnprintf(i->found + at, sizeof i->found - at, fmt, ap);
	va_end(ap);
}

/* --- items --- */

static void check_time(const struct agent_components *a, struct checklist *l)
{
	static const char *const how[] = {
		[CLOCK_AUTHENTICATION_NONE] =
			("not authenticated: whoever is on the way to it can choose the "
			 "date; NetworkServices NTP Server NTS or Key ends that"),
		[CLOCK_AUTHENTICATION_KEY] = "authenticated (key)",
		[CLOCK_AUTHENTICATION_NTS] = "authenticated (NTS)",
	};
	char day[32];
	int64_t now = agent_now(a->agent);
	struct item *i =
		add(l, "NTP", now != 0,
		    "set xConfiguration NetworkServices NTP Server 1 Address to a server that answers");
	date_format(now, day, sizeof day);
	if (now)
		snprintf(i->found, sizeof i->found, "%s by %.200s, %s", day, clock_server(a->clock),
			 how[clock_authentication(a->clock)]);
	else
		snprintf(i->found, sizeof i->found, "the date is not known: %.300s", clock_trouble(a->clock));
}

static void check_name_servers(const struct agent_components *a, struct checklist *l)
{
	char first[DNS_SERVER_TEXT_MAX];
	const struct settings *s = settings_get(a->settings);
	int has_own = s->dns.server[0][0] || s->dns.server[1][0] || s->dns.server[2][0];
	int has_system = !has_own && dns_server(a->dns, 0, first) == 0;
	struct item *i =
		add(l, "DNS", has_own || has_system, "set xConfiguration Network 1 DNS Server 1 Address");
	snprintf(i->found, sizeof i->found, "%s",
		 has_own      ? "set"
		 : has_system ? "the system's"
			      : "no server is defined");
}

static void check_roots(const struct agent_components *a, struct checklist *l)
{
	size_t n = anchors_count(a->anchors);
	struct item *i =
		add(l, "Roots", n > 0, "upload your authority's root: xCommand Security Certificates CA Add");
	snprintf(i->found, sizeof i->found, "%zu loaded", n);
}

/* What is wrong with lists of roots, of which a service may have one. */
static void check_lists(const struct agent_components *a, struct checklist *l)
{
	struct trust_list list;
	struct item *i = add(l, "TrustLists", 1, "");
	for (unsigned k = 0; k < TRUST_LISTS_MAX; k++)
		if (trust_lists_at(a->trust_lists, k, &list)) {
			i->outcome = list.is_nobody ? FAIL : i->outcome;
			name(i, "%s", list.text);
		}
}

/* Returns 1 if the finding applies to an own certificate. A missing issuer does not: the roots are those of
 * servers, and the issuer of an own certificate need not be among them. */
static int is_about_own(const struct verify_finding *f)
{
	return !f->note && verify_check_of(f->code) != VERIFY_CHECK_CHAIN;
}

/* Verifies an own certificate as those who receive it would (servers, or clients of the device), and writes
 * the first fault to the item. */
static void verify_own(const struct agent_components *a, size_t n, const struct own_info *o, struct item *to)
{
	struct verify_request r = { .anchors = a->anchors,
				    .policy = service_policy(settings_get(a->settings), SERVICE_ANY, 0),
				    .at_unix = agent_now(a->agent) };
	struct verdict *v = mem_new(sizeof *v);
	struct buf pem;
	buf_init(&pem, ANCHORS_UPLOAD_MAX);
	own_print_one(a->anchors, n, &pem);
	struct verify_chain *chain = pem.len ? verify_chain_new(pem.data, pem.len, NULL) : NULL;
	r.policy.purpose = strstr(o->cert.used_for, "HttpClient") ? VERIFY_CLIENT
			   : o->cert.used_for[0]                  ? VERIFY_SERVER
								  : VERIFY_ANY;
	r.policy.revocation = VERIFY_REVOCATION_OFF;
	if (chain)
		verify_chain_judge(&r, chain, v);
	size_t i = 0;
	while (i < v->n && !is_about_own(&v->findings[i]))
		i++;
	if (i < v->n)
		name(to, "%.200s: %ld=%s", o->cert.subject, v->findings[i].code,
		     codes_symbol(v->findings[i].code));
	verify_chain_free(chain);
	buf_done(&pem);
	free(v);
}

/* Checks the own certificates. The result is kept for a minute, or until something is uploaded, since every
 * read of the status asks for it, and verifying signatures takes time. */
static void check_own(const struct agent_components *a, struct readiness_cache *cache, struct checklist *l)
{
	struct own_info o;
	int64_t now = loop_now_ms(a->loop);
	struct item *i = add(l, "OwnCertificate", 1, "");
	if (!cache->own_read_ms || now - cache->own_read_ms > OWN_MS ||
	    cache->own_generation != anchors_generation(a->anchors)) {
		for (size_t n = 0; own_info(a->anchors, n, &o) == 0; n++) {
			if (o.locked)
				name(i, "%.200s: its key is locked", o.cert.subject);
			if (agent_now(a->agent))
				verify_own(a, n, &o, i);
		}
		snprintf(cache->own_trouble, sizeof cache->own_trouble, "%s", i->found);
		cache->own_read_ms = agent_now(a->agent) ? now : 0;
		cache->own_generation = anchors_generation(a->anchors);
	}
	snprintf(i->found, sizeof i->found, "%s", cache->own_trouble);
	if (i->found[0]) {
		i->outcome = FAIL;
		i->hint = "unlock its key (Services Unlock), or put a right one in its place (xCommand "
			  "Security Certificates Services Add)";
	} else if (own_count(a->anchors)) {
		size_t self_signed = 0;
		for (size_t n = 0; own_info(a->anchors, n, &o) == 0; n++)
			self_signed += o.self_signed != 0;
		snprintf(i->found, sizeof i->found, "%zu loaded", own_count(a->anchors));
		if (self_signed)
			snprintf(i->found, sizeof i->found,
				 "%zu loaded, %zu of them self-signed, which others trust only where they "
				 "keep that very certificate",
				 own_count(a->anchors), self_signed);
	} else {
		snprintf(i->found, sizeof i->found, "none is loaded: only servers that ask for one need it");
		i->outcome = SKIP;
	}
}

static void check_expiry(const struct agent_components *a, struct checklist *l)
{
	struct diagnostics all = { .agent = a };
	struct doc *status = doc_new("Status");
	status_read(&(struct status_table){ expiry_status_rows, &all }, "", STATUS_ALL, status);
	const struct doc *first = doc_get(status, "Security/Expiring[1]");
	struct item *i = add(l, "Expiry", !first, "have it renewed; xStatus Security Expiring lists all");
	for (const struct doc *d = first; d; d = d->next)
		name(i, "%s \"%.200s\" ends %s", doc_text(d, "Kind", ""), doc_text(d, "Name", ""),
		     doc_text(d, "Ends", ""));
	if (!first)
		name(i, "nothing is near its end");
	doc_free(status);
}

static int is_by_address(const struct service_endpoint *s)
{
	return !s->host[0] || s->is_address;
}

static int is_unverified(const struct service_endpoint *s)
{
	return !s->verify;
}

/* Adds a check that fails if any server is bad, and names all that are. */
static void check_all(struct checklist *l, const struct servers *c,
		      int (*is_bad)(const struct service_endpoint *s), struct item what)
{
	struct item *i = add(l, what.name, 1, "");
	char url[SERVICE_URL];
	for (size_t k = 0; k < c->n; k++) {
		if (!is_bad(&c->at[k]))
			continue;
		redact_url(c->at[k].url, url, sizeof url);
		i->outcome = FAIL;
		i->hint = what.hint;
		name(i, "%s: %.300s", c->at[k].name, url);
	}
	if (i->outcome == PASS)
		name(i, "all %zu", c->n);
	if (!c->n)
		i->outcome = SKIP;
}

/* Checks the last verdict on each configured server. */
static void check_verdicts(const struct agent_components *a, struct checklist *l, size_t servers)
{
	size_t verified = 0;
	struct item *i = add(l, "Verdicts", 1, "");
	const struct verdicts_seen *s;
	for (unsigned k = 1; (s = verdicts_at(a->agent, k)); k++) {
		verified += s->code >= 0;
		if (s->code <= 0)
			continue;
		i->outcome = FAIL;
		i->hint = "xCommand Diagnostics Connection shows check by check what is wrong";
		name(i, "%s: %.250s %ld=%s", s->service, s->host, s->code, codes_symbol(s->code));
	}
	if (i->outcome == PASS)
		name(i, "%zu servers verified, all good", verified);
	if (!verified || !servers)
		i->outcome = SKIP;
}

static void check_plain(const struct agent_components *a, struct readiness_cache *cache, struct checklist *l)
{
	int64_t now = loop_now_ms(a->loop);
	if (!cache->plain_read_ms || now - cache->plain_read_ms > LISTENERS_MS) {
		listeners_plain("/proc/net", cache->plain, sizeof cache->plain);
		cache->plain_read_ms = now;
	}
	struct item *i = add(l, "PlainServices", !cache->plain[0],
			     "switch them off: what they carry can be read and changed on its way");
	snprintf(i->found, sizeof i->found, "%s", cache->plain[0] ? cache->plain : "none listens");
}

static void fill(const struct agent_components *a, struct readiness_cache *cache, struct checklist *l)
{
	struct servers *c = agent_servers(a->agent);
	size_t n = 0; /* servers of services with which the device does its work */
	for (size_t i = 0; i < c->n; i++)
		n += (size_t)service_is_https(c->at[i].service);
	l->n = 0;
	check_time(a, l);
	check_name_servers(a, l);
	struct item *set = add(l, "Servers", n > 0, "set a manager, a phone book or a feedback registration");
	snprintf(set->found, sizeof set->found, "%zu set, all by HTTPS, which never falls back", n);
	check_all(
		l, c, is_by_address,
		(struct item){ .name = "HostNames", .hint = "enter it by the host name in its certificate" });
	check_all(l, c, is_unverified,
		  (struct item){ .name = "Verification",
				 .hint = "set xConfiguration NetworkServices HTTPS "
					 "VerifyServerCertificate: On, and TlsVerify of the service" });
	check_roots(a, l);
	check_lists(a, l);
	check_own(a, cache, l);
	check_verdicts(a, l, c->n);
	check_expiry(a, l);
	check_plain(a, cache, l);
	servers_free(c);
	int is_ready = 1;
	for (size_t i = 0; i < l->n; i++)
		is_ready &= l->items[i].outcome != FAIL;
	l->level = is_ready ? LEVEL_VERIFIED : !cache->plain[0] ? LEVEL_ENCRYPTED : n ? LEVEL_SERVED : 1;
}

static int level(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct diagnostics *d = arg;
	struct checklist l;
	(void)item;
	fill(d->agent, &d->cache, &l);
	return status_count(ret, (uint64_t)l.level);
}

const struct status_row readiness_status_rows[] = {
	{ "Security Level", STATUS_GAUGE, SCHEMA_INT(1, 4),
	  "The level that the device has reached: 1 plain protocols, 2 HTTPS beside them (both are levels of "
	  "this agent), and the guide's 3 HTTPS alone and 4 all verified; xCommand Security Readiness Show "
	  "says what is missing.",
	  level, 0 },
	{ .path = NULL },
};

/* --- the command --- */

static void put_found(struct doc *to, const struct item *i)
{
	doc_add_text(to, "Found", i->found);
	if (i->outcome == FAIL && i->hint && i->hint[0])
		doc_add_value(to, "Hint", DOC_STRING, i->hint);
}

static void put(struct doc *result, uint32_t number, const struct item *i)
{
	static const char *const outcomes[] = { "Pass", "Fail", "Skip" };
	struct doc *to = doc_add(result, "Item", number);
	to->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(to, "Name", DOC_STRING, i->name);
	doc_add_value(to, "Outcome", DOC_LITERAL, outcomes[i->outcome]);
	put_found(to, i);
}

/* Adds what matters most: whether all that counts for the level is good, and the first item that is not, with
 * what to do. */
static void put_outcome(struct doc *result, const struct checklist *l)
{
	size_t first = 0;
	while (first < l->n && l->items[first].outcome != FAIL)
		first++;
	doc_add_value(result, "Outcome", DOC_LITERAL, first < l->n ? "Fail" : "Pass");
	doc_add_int(result, "Level", l->level);
	if (first == l->n)
		return;
	doc_add_value(result, "FirstFailure", DOC_STRING, l->items[first].name);
	put_found(result, &l->items[first]);
}

static void finish(void *arg)
{
	struct readiness *r = arg;
	struct checklist l;
	const struct err ok = { .kind = ERR_NONE };
	/* an empty cache, so that a person sees the present state */
	struct readiness_cache cache = { .plain_read_ms = 0 };
	fill(r->agent, &cache, &l);
	put_outcome(r->result, &l);
	put(r->result, 1, &r->host);
	for (size_t i = 0; i < l.n; i++)
		put(r->result, (uint32_t)i + 2, &l.items[i]);
	void (*done)(void *, const struct err *) = r->done;
	void *done_arg = r->arg;
	readiness_cancel(r);
	done(done_arg, &ok);
}

/* Compares the addresses of the device's name in DNS with its own addresses. Only servers that connect to the
 * device need this name, and none connects to this agent, so the result does not count for the level. */
static void resolved(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct readiness *r = arg;
	const struct wire_identity *who = agent_identity(r->agent->agent);
	const char *own = *who->ip_address ? who->ip_address : who->ip_address_v6;
	char text[DNS_ADDRESS_TEXT];
	r->query = NULL;
	r->host.outcome = FAIL;
	if (!answer)
		name(&r->host, "%.400s", e->text);
	for (size_t i = 0; answer && i < answer->n; i++) {
		dns_address_text(&answer->addresses[i], text, sizeof text);
		if (strcmp(text, who->ip_address) == 0 || strcmp(text, who->ip_address_v6) == 0)
			r->host.outcome = PASS;
		snprintf(r->host.found, sizeof r->host.found, "%.250s is %s, this device %.60s", answer->name,
			 text, *own ? own : "has no address");
		if (r->host.outcome == PASS)
			break;
	}
	loop_timer_in(r->timer, 0);
}

struct readiness *readiness_check(struct agent *agent, struct doc *result,
				  void (*done)(void *arg, const struct err *e), void *arg)
{
	const struct agent_components *a = agent_components(agent);
	struct readiness *r = mem_new(sizeof *r);
	char known[AGENT_HOST_NAME];
	struct err e;
	*r = (struct readiness){ .agent = a, .result = result, .done = done, .arg = arg };
	r->host = (struct item){
		.name = "HostName",
		.hint = "let the DNS servers know the device by SystemUnit Name with the DNS domain "
			"behind it, and its own address; servers that call it need that, this agent does not"
	};
	r->timer = loop_timer_new(a->loop, finish, r);
	if (agent_host_name(agent, known, sizeof known, &e) < 0)
		resolved(r, NULL, &e);
	else
		r->query = dns_resolve(a->dns, known, resolved, r);
	return r;
}

void readiness_cancel(struct readiness *r)
{
	if (!r)
		return;
	if (r->query)
		dns_cancel(r->query);
	loop_timer_free(r->timer);
	free(r);
}
