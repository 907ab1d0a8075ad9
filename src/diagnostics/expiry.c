/* SPDX-License-Identifier: MIT */
/* expiry: warns before a certificate or a revocation list expires: when a third or a tenth of its lifetime is
 * left, 30, 14 and 7 days and one day before the end, and when it has expired. Each of these thresholds is
 * logged once, also over restarts. If several have passed when an item is checked for the first time, they
 * give one line. */
#include "diagnostics_internal.h"

#include "agent/verdicts.h"

#include "base/log.h"
#include "diagnostics/diagnostics_status.h"
#include "base/text.h"
#include "certstore/crls.h"
#include "certstore/own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The thresholds of an item, which are added up in one number. */
enum { THIRD = 1, TENTH = 2, DAYS_30 = 4, DAYS_14 = 8, DAYS_7 = 16, DAY = 32, ENDED = 64, THRESHOLDS = 128 };
enum { DAY_S = 24 * 3600, KEPT_DAYS = 90, LISTED_MAX = 512 };

#define MARK "expiry "

struct item {
	const char *kind; /* Server, Root, RevocationList, OwnCertificate */
	const char *name; /* subject, issuer or service */
	int64_t from, until;
	int self_signed; /* 1: an own certificate that is self-signed */
};

typedef void visit(const struct agent_components *a, const struct item *i, void *arg);

static void visit_all(const struct agent_components *a, visit *fn, void *arg)
{
	struct cert_info c;
	struct crl_info l;
	struct own_info o;
	const struct verdicts_seen *v;
	for (unsigned i = 1; (v = verdicts_at(a->agent, i)); i++)
		if (v->certificate_until)
			fn(a,
			   &(struct item){ "Server", v->host, v->certificate_from, v->certificate_until, 0 },
			   arg);
	for (size_t i = 0; anchors_info(a->anchors, i, &c) == 0; i++)
		fn(a, &(struct item){ "Root", c.subject, c.not_before, c.not_after, 0 }, arg);
	for (size_t i = 0; crls_info(a->anchors, i, &l) == 0; i++)
		if (l.next_update)
			fn(a, &(struct item){ "RevocationList", l.issuer, l.this_update, l.next_update, 0 },
			   arg);
	for (size_t i = 0; own_info(a->anchors, i, &o) == 0; i++)
		fn(a,
		   &(struct item){ "OwnCertificate", o.cert.subject, o.cert.not_before, o.cert.not_after,
				   o.self_signed },
		   arg);
}

/* Returns the sum of the thresholds that the item has passed; 0: none. */
static unsigned passed(const struct item *i, int64_t now)
{
	int64_t left = i->until - now, life = i->until - i->from;
	if (left < 0)
		return ENDED;
	/* A revocation list is valid for some days only, so its only early warning comes when a fifth of its
	 * lifetime is left. */
	if (strcmp(i->kind, "RevocationList") == 0)
		return left <= life / 5 ? THIRD : 0;
	/* The thresholds are the same for a new certificate that is valid for a few days only: its successor
	 * is needed now. */
	return (left <= life / 3 ? THIRD : 0u) | (left <= life / 10 ? TENTH : 0u) |
	       (left <= 30 * DAY_S ? DAYS_30 : 0u) | (left <= 14 * DAY_S ? DAYS_14 : 0u) |
	       (left <= 7 * DAY_S ? DAYS_7 : 0u) | (left <= DAY_S ? DAY : 0u);
}

/* Returns the whole days that are left; -1: it has expired within the last day. */
static int64_t days_left(const struct item *i, int64_t now)
{
	int64_t left = i->until - now;
	return left < 0 ? -1 - (-left - 1) / DAY_S : left / DAY_S;
}

static void put(struct doc *to, const struct item *i, int64_t now)
{
	char until[32];
	date_format(i->until, until, sizeof until);
	doc_add_int(to, "DaysLeft", days_left(i, now));
	doc_add_value(to, "Ends", DOC_STRING, until);
	doc_add_value(to, "Kind", DOC_LITERAL, i->kind);
	doc_add_value(to, "Name", DOC_STRING, i->name);
	if (i->self_signed)
		doc_add_value(to, "SelfSigned", DOC_LITERAL, "True");
}

static void warn(const struct agent_components *a, const struct item *i, int has_ended, int64_t now)
{
	struct doc *event = doc_new("Event");
	char until[32], name[700];
	date_format(i->until, until, sizeof until);
	text_quoted(i->name, name, sizeof name);
	if (has_ended)
		log_error("security: %s%s %s has ended on %s", i->self_signed ? "self-signed " : "", i->kind,
			  name, until);
	else
		log_warning("security: %s%s %s ends on %s, in %" PRId64 " days: have it renewed",
			    i->self_signed ? "self-signed " : "", i->kind, name, until, days_left(i, now));
	put(doc_add(event, "CertificateExpiry", 1), i, now);
	publish_own(a->agent, event);
}

/* Returns the item with this key, or a new one; NULL: there are too many. */
static int64_t *warned_value(struct expiry_warned *t, uint64_t key)
{
	size_t i = 0;
	while (i < t->n && t->items[i].key != key)
		i++;
	if (i == EXPIRY_WARNED_MAX)
		return NULL;
	if (i == t->n) {
		t->items[t->n++].key = key;
		t->items[i].value = 0;
	}
	return &t->items[i].value;
}

/* Deletes the items that were seen for the last time before this day, as store_forget deletes their marks. */
static void warned_forget(struct expiry_warned *t, int64_t day)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].value >= day * THRESHOLDS)
			t->items[kept++] = t->items[i];
	t->n = kept;
}

struct look {
	struct expiry_warned *warned;
	int64_t now;
	int has_marked;
};

static void look_at(const struct agent_components *a, const struct item *i, void *arg)
{
	struct look *look = arg;
	int64_t now = look->now;
	unsigned now_passed = passed(i, now);
	char text[700], key[40];
	struct err e;
	if (!now_passed)
		return;
	/* The store has a mark for each item: the thresholds that were warned of, and the day on which the
	 * item was last seen, so that marks of items that no longer exist can be deleted. */
	snprintf(text, sizeof text, "%s %s %" PRId64, i->kind, i->name, i->until);
	snprintf(key, sizeof key, MARK "%016" PRIx64, episode_key(text));
	int64_t day = now / DAY_S, mark = store_get(a->store, key, 0),
		*known = warned_value(look->warned, episode_key(text));
	unsigned warned = (unsigned)(mark % THRESHOLDS) | (known ? (unsigned)(*known % THRESHOLDS) : 0),
		 is_news = now_passed & ~warned;
	if (!is_news && mark / THRESHOLDS == day)
		return;
	look->has_marked = 1;
	mark = day * THRESHOLDS + (now_passed | warned);
	if (known)
		*known = mark;
	if (store_set(a->store, key, mark, &e) == 0)
		episode_ended(&look->warned->not_marked, loop_now_ms(a->loop));
	else if (episode_failed(&look->warned->not_marked, (uint64_t)e.kind, 1, loop_now_ms(a->loop)))
		log_error("security: the store could not keep which warnings were given, so they come again "
			  "after a restart: %s",
			  e.text);
	if (is_news)
		warn(a, i, now_passed == ENDED, now);
}

void expiry_check(struct diagnostics *d)
{
	const struct agent_components *a = d->agent;
	struct look look = { .warned = &d->warned, .now = agent_now(a->agent) };
	if (look.now)
		visit_all(a, look_at, &look);
	if (!look.has_marked)
		return;
	warned_forget(&d->warned, look.now / DAY_S - KEPT_DAYS);
	store_forget(a->store, MARK, (look.now / DAY_S - KEPT_DAYS) * THRESHOLDS, NULL);
	publish_soon(a->agent);
}

/* The list in the status: items that have passed a threshold, ordered by the time that is left. */
struct search {
	unsigned n;
	int64_t now;
	struct {
		int64_t until;
		unsigned seen; /* its place in the order in which visit_all visits items */
	} at[LISTED_MAX];
	unsigned seen, wanted;
	struct item found;
	char name[700];
};

/* Adds the item to the list, before those that end later. */
static void list(const struct agent_components *a, const struct item *i, void *arg)
{
	struct search *s = arg;
	unsigned seen = s->seen++, k = s->n;
	(void)a;
	if (!passed(i, s->now) || s->n == LISTED_MAX)
		return;
	for (; k > 0 && s->at[k - 1].until > i->until; k--)
		s->at[k] = s->at[k - 1];
	s->at[k].until = i->until;
	s->at[k].seen = seen;
	s->n++;
}

static void take(const struct agent_components *a, const struct item *i, void *arg)
{
	struct search *s = arg;
	(void)a;
	if (s->seen++ != s->wanted)
		return;
	s->found = *i;
	snprintf(s->name, sizeof s->name, "%s", i->name);
}

/* Finds the item with this number, from 1. Returns 0 if there are fewer items. */
static int find(const struct agent_components *a, unsigned item, struct search *ret)
{
	*ret = (struct search){ .now = agent_now(a->agent) };
	if (ret->now)
		visit_all(a, list, ret);
	if (ret->n < item || !item)
		return 0;
	ret->wanted = ret->at[item - 1].seen;
	ret->seen = 0;
	visit_all(a, take, ret);
	return 1;
}

static int days(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct search s;
	if (!find(((struct diagnostics *)arg)->agent, item[0], &s))
		return -1;
	buf_addf(ret, "%" PRId64, days_left(&s.found, s.now));
	return 1;
}

static int ends(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct search s;
	char until[32];
	if (!find(((struct diagnostics *)arg)->agent, item[0], &s))
		return -1;
	date_format(s.found.until, until, sizeof until);
	return status_text(ret, until);
}

static int kind(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct search s;
	return find(((struct diagnostics *)arg)->agent, item[0], &s) ? status_text(ret, s.found.kind) : -1;
}

static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct search s;
	return find(((struct diagnostics *)arg)->agent, item[0], &s) ? status_text(ret, s.name) : -1;
}

static int self_signed(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct search s;
	if (!find(((struct diagnostics *)arg)->agent, item[0], &s))
		return -1;
	return status_text(ret, s.found.self_signed ? "True" : "False");
}

const struct status_row expiry_status_rows[] = {
	{ "Security Expiring[1..n] DaysLeft", STATUS_DAYS, SCHEMA_INT(INT64_MIN, INT64_MAX),
	  "Days until the certificate or revocation list ends; negative: it has ended.", days, 0 },
	{ "Security Expiring[1..n] Ends", STATUS_TEXT, STATUS_ANY_TEXT,
	  "When the certificate or revocation list ends.", ends, 0 },
	{ "Security Expiring[1..n] Kind", STATUS_LABEL,
	  SCHEMA_LIT("Server/Root/RevocationList/OwnCertificate"), "What is near its end.", kind, 0 },
	{ "Security Expiring[1..n] Name", STATUS_LABEL, STATUS_ANY_TEXT,
	  "The host, subject or issuer of what is near its end.", name, 0 },
	{ "Security Expiring[1..n] SelfSigned", STATUS_LABEL, SCHEMA_LIT("False/True"),
	  "True: an own certificate that is signed by its own key, as SelfSigned Create makes them.",
	  self_signed, 0 },
	{ .path = NULL },
};
