/* SPDX-License-Identifier: MIT */
/* preflight: tries a change of the root certificates against every configured server before it is made. */
#include "diagnostics_internal.h"

#include "agent/cutoffs.h"
#include "agent/security.h"
#include "agent/verdicts.h"

#include "diagnostics/certificate_details.h"
#include "diagnostics/preflight.h"
#include "base/log.h"
#include "base/mem.h"
#include "probe.h"
#include "x509/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attempt { /* the attempt at one server, and its verdicts */
	struct preflight *preflight;
	const struct service_endpoint *server;
	struct probe *probe;
	int verified;
	int is_by_present; /* asked by the present roots: by those after the change nothing would be opened */
	/* its verdict against the present roots, and against the roots after the change */
	long before, after;
	const struct verify_chain *chain; /* what the server sent; of the probe */
	char trouble[240];
};

struct preflight {
	const struct agent_components *agent;
	char *text, *fingerprint, *pin_host, *name; /* copies that r points to */
	struct preflight_request r;
	struct confirmation_request confirm;
	struct anchors *would_be;
	uint64_t generation;     /* of the roots of which would_be is a changed copy */
	struct servers *servers; /* that are asked; NULL: none are */
	struct attempt attempts[SERVERS_MAX];
	size_t n, open;
	struct loop_timer *timer;
	struct doc *result;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

static struct anchors_upload upload(const struct agent_components *a, const struct preflight_request *r)
{
	return (struct anchors_upload){ .data = r->text,
					.len = r->len,
					.now_unix = agent_now(a->agent),
					.pin_host = r->pin_host,
					.pin_only = r->pin_only,
					.name = r->name,
					.strict = r->strict,
					.mode = r->what == PREFLIGHT_ADD ? ANCHORS_ADD : ANCHORS_REPLACE };
}

/* Returns a copy of the roots with the change made; remarks about an upload go to report. */
static struct anchors *change_copy(const struct agent_components *a, const struct preflight_request *r,
				   struct buf *report, struct err *e)
{
	struct anchors *copy = anchors_copy(a->anchors);
	struct anchors_upload u = upload(a, r);
	int made = r->what == PREFLIGHT_DELETE ? anchors_delete(copy, r->fingerprint, r->pin_host, e)
					       : anchors_put(copy, &u, report, NULL, e);
	if (made == 0)
		return copy;
	anchors_free(copy);
	return NULL;
}

/* Reports the hosts to which a deleted root is pinned: it remains trusted for them. */
static void report_pins(const struct agent_components *a, const char *fingerprint, struct buf *report)
{
	struct cert_info info;
	for (size_t i = 0; anchors_info(a->anchors, i, &info) == 0; i++)
		if (anchors_fingerprint_is(&info, fingerprint))
			buf_addf(report,
				 "%s, SHA-256 %s: still pinned to %s; CA Delete with Host: %s deletes this "
				 "pin\n",
				 info.subject, info.fingerprint_sha256, info.used_for, info.used_for);
}

/* Opens the window in which the change must be confirmed, if the request wants that: checks, and then, with
 * the roots that are there when a change by the manager was taken back, writes the present roots to disk. */
static int begin_window(const struct agent_components *a, const struct preflight_request *r, struct err *e)
{
	struct confirmation *c = agent_confirmation(a->agent);
	int bad = 0;
	for (int pass = 0; pass < 2 && r->confirm && !bad; pass++) {
		struct anchors *would_be = change_copy(a, r, NULL, e);
		bad = !would_be || (pass ? confirmation_of_roots(c, r->confirm, would_be, e)
					 : confirmation_check_roots(c, r->confirm, would_be, e)) < 0;
		anchors_free(would_be);
	}
	return bad ? -1 : 0;
}

static int make_change(const struct agent_components *a, const struct preflight_request *r,
		       struct doc *result, struct err *e)
{
	struct anchors_upload u = upload(a, r);
	struct buf report;
	size_t added = 0;
	char what[80] = "1 certificate deleted";
	uint64_t before = anchors_generation(a->anchors);
	if (begin_window(a, r, e) < 0)
		return -1;
	buf_init(&report, 256 << 10);
	int made = r->what == PREFLIGHT_DELETE ? anchors_delete(a->anchors, r->fingerprint, r->pin_host, e)
					       : anchors_put(a->anchors, &u, &report, &added, e);
	if (made == 0 && r->what == PREFLIGHT_DELETE)
		report_pins(a, r->fingerprint, &report);
	else
		snprintf(what, sizeof what, "%zu certificate%s %s", added, added == 1 ? "" : "s",
			 r->what == PREFLIGHT_REPLACE ? "uploaded in place of those before" : "added");
	if (made == 0 && anchors_generation(a->anchors) != before) {
		security_anchors_changed(a->agent, what);
		cutoffs_describe(a->agent, &report);
	}
	if (made == 0)
		security_report(result, &report);
	else if (r->confirm)
		confirmation_undo(agent_confirmation(a->agent));
	buf_done(&report);
	if (made == 0 && r->confirm)
		confirmation_made(agent_confirmation(a->agent), r->confirm, result);
	return made;
}

static void put_attempts(const struct preflight *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct attempt *at = &t->attempts[i];
		struct doc *d = doc_add(t->result, "Server", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		if (at->verified) {
			certificate_details_code(d, "After", at->after);
			certificate_details_code(d, "Before", at->before);
		} else {
			doc_add_value(d, "Reason", DOC_STRING, at->trouble);
		}
		doc_add_value(d, "Service", DOC_STRING, at->server->name);
		doc_add_value(d, "URL", DOC_STRING, at->server->url);
	}
}

/* Returns 1 if the service of this server could trust nobody after the change, because of its list of
 * roots. */
static int has_no_list(const struct attempt *at)
{
	return allowed_is_nobody(&at->server->policy.allowed, at->preflight->would_be, at->server->host);
}

/* Returns what is to be said of the server's list of roots after the change; "": nothing. */
static const char *list_after(const struct attempt *at, char ret[160])
{
	const struct allowed_roots *allowed = &at->server->policy.allowed;
	char setting[80];
	ret[0] = '\0';
	if (!has_no_list(at))
		return ret;
	allowed_settings(allowed, setting, sizeof setting);
	snprintf(ret, 160, " (it takes the last root that %s allows)", setting);
	return ret;
}

/* The servers that are trusted now were asked a moment ago: whether the change cuts them off is decided by
 * what they sent then, and not at their last handshake. */
static void learn_chains(const struct preflight *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct attempt *at = &t->attempts[i];
		if (at->verified && at->before == 0)
			verdicts_learn_chain(t->agent->agent, at->server->name, at->server->host, at->chain);
	}
}

/* Returns the first server that is trusted now and would not be trusted after the change. */
static const struct attempt *first_lost(const struct preflight *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->attempts[i].server->verify && t->attempts[i].verified && !t->attempts[i].before &&
		    t->attempts[i].after)
			return &t->attempts[i];
	return NULL;
}

static void finish(void *arg)
{
	struct preflight *t = arg;
	struct err e = { .kind = ERR_NONE };
	char list[160];
	const struct attempt *lost = first_lost(t);
	if (t->r.dry_run || (lost && !t->r.force))
		put_attempts(t);
	if (lost && !t->r.force && !t->r.dry_run)
		err_set(&e, ERR_CONFIG, lost->after,
			"%s (%s) is trusted now and would not be: %ld=%s%s; nothing was changed, Force: True "
			"changes it all the same",
			lost->server->name, lost->server->url, lost->after, codes_symbol(lost->after),
			list_after(lost, list));
	else if (t->n && !t->r.dry_run && anchors_generation(t->agent->anchors) != t->generation)
		err_set(&e, ERR_CONFIG, 0,
			"roots, revocation lists or the device's certificates were changed by somebody else "
			"while this change was tried: it is not made; try it again");
	else if (!t->r.dry_run) {
		learn_chains(t);
		make_change(t->agent, &t->r, t->result, &e);
	}
	void (*done)(void *, const struct err *) = t->done;
	void *done_arg = t->arg;
	preflight_cancel(t);
	done(done_arg, &e);
}

static void answered(void *arg, const struct probe_answer *p)
{
	struct attempt *at = arg;
	if (p->verdict && p->before) {
		at->verified = 1;
		at->chain = p->chain;
		at->after = (at->is_by_present ? p->before : p->verdict)->code;
		at->before = (at->is_by_present ? p->verdict : p->before)->code;
	} else {
		snprintf(at->trouble, sizeof at->trouble, "%s",
			 p->err.kind == ERR_NONE ? "no certificate was shown" : p->err.text);
	}
	if (--at->preflight->open == 0)
		loop_timer_in(at->preflight->timer, 0);
}

static void ask(struct attempt *at)
{
	const struct agent_components *a = at->preflight->agent;
	struct err e;
	const struct anchors *would_be = at->preflight->would_be;
	at->is_by_present = !anchors_count(would_be) || has_no_list(at);
	struct probe_request r = { .loop = a->loop,
				   .dns = a->dns,
				   .date = a->date,
				   .anchors = at->is_by_present ? a->anchors : would_be,
				   .before = at->is_by_present ? would_be : a->anchors,
				   .endpoint = at->server };
	if (probe_start(&r, answered, at, &at->probe, &e) < 0)
		snprintf(at->trouble, sizeof at->trouble, "%s", e.text);
	else
		at->preflight->open++;
}

/* Returns 1 if a root would have another name than it has, by which a service may be allowed to trust it. */
static int renames(const struct anchors *now, const struct anchors *would_be)
{
	for (size_t i = 0; i < anchors_count(now) && i < anchors_count(would_be); i++) {
		const struct anchor *at = anchors_at(now, i);
		if (at->name && !anchors_name_is(anchors_at(would_be, i), at->name))
			return 1;
	}
	return 0;
}

/* Roots that are added take trust from no server, unless one of them is renamed, or a host is to be
 * trusted by its pins alone; other changes are tried, and so is a dry run. */
static int must_ask(const struct preflight *t)
{
	const struct preflight_request *r = &t->r;
	int may_take = r->what != PREFLIGHT_ADD || r->pin_only || renames(t->agent->anchors, t->would_be);
	return r->dry_run || (may_take && !r->force);
}

int preflight_start(struct agent *agent, const struct preflight_request *r, struct doc *result,
		    void (*done)(void *arg, const struct err *e), void *arg, struct preflight **ret,
		    struct err *e)
{
	const struct agent_components *a = agent_components(agent);
	struct buf report;
	buf_init(&report, 256 << 10);
	struct anchors *would_be = change_copy(a, r, &report, e);
	if (!would_be || r->dry_run)
		security_report(result, &report);
	buf_done(&report);
	if (!would_be)
		return -1;
	struct preflight *t = mem_new(sizeof *t);
	*t = (struct preflight){
		.agent = a, .r = *r, .would_be = would_be, .result = result, .done = done, .arg = arg
	};
	t->generation = anchors_generation(a->anchors);
	t->r.text = t->text = r->text ? mem_dup_n(r->text, r->len) : NULL;
	t->r.fingerprint = t->fingerprint = mem_dup(r->fingerprint);
	t->r.pin_host = t->pin_host = mem_dup(r->pin_host);
	t->r.name = t->name = mem_dup(r->name);
	if (r->confirm) {
		t->confirm = *r->confirm;
		t->r.confirm = &t->confirm;
	}
	t->timer = loop_timer_new(a->loop, finish, t);
	t->servers = must_ask(t) ? agent_servers(a->agent) : NULL;
	t->n = t->servers ? t->servers->n : 0;
	for (size_t i = 0; i < t->n; i++) {
		t->attempts[i] = (struct attempt){ .preflight = t, .server = &t->servers->at[i] };
		ask(&t->attempts[i]);
	}
	if (!t->open)
		loop_timer_in(t->timer, 0);
	*ret = t;
	return 0;
}

void preflight_cancel(struct preflight *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		probe_free(t->attempts[i].probe);
	loop_timer_free(t->timer);
	anchors_free(t->would_be);
	free(t->text);
	free(t->fingerprint);
	free(t->pin_host);
	free(t->name);
	servers_free(t->servers);
	free(t);
}
