/* SPDX-License-Identifier: MIT */
/* inspect: verifies the certificates of a server that a person names, and sends nothing to it. */
#include "diagnostics_internal.h"

#include "diagnostics/certificate_details.h"
#include "diagnostics/inspect.h"
#include "base/mem.h"
#include "probe.h"
#include "x509/codes.h"

#include <stdio.h>
#include <stdlib.h>

struct inspection {
	const struct agent_components *agent;
	/* the date for which to verify, if the person gave one; NULL: the agent's date is used */
	struct date *day;
	struct probe *probe;
	struct anchors *roots; /* a copy without own certificates, for a fetch; NULL: the agent's */
	struct inspect_request r;
};

static void put_time(struct doc *d, const char *name, int64_t unix_s)
{
	char text[32];
	date_format(unix_s, text, sizeof text);
	doc_add_value(d, name, DOC_STRING, text);
}

static void put_findings(struct doc *d, const struct verdict *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		struct doc *to = doc_add(d, "Finding", (uint32_t)i + 1);
		to->max_occurrence = DOC_UNBOUNDED;
		doc_add_int(to, "Depth", f->depth);
		doc_add_text(to, "Found", f->found);
		doc_add_text(to, "Hint", f->hint);
		doc_add_value(to, "Kind", DOC_LITERAL, f->note ? "Note" : "Refusal");
		doc_add_text(to, "Meaning", codes_sentence(f->code));
		doc_add_text(to, "Subject", f->subject);
		certificate_details_code(to, "VerifyResult", f->code);
		doc_add_text(to, "Wanted", f->wanted);
	}
}

static void put_answer(struct doc *d, const struct probe_answer *p)
{
	static const char *const names[] = { "NotChecked", "Match", "NoMatch" };
	const struct verdict *v = p->verdict;
	doc_add_value(d, "Outcome", DOC_LITERAL, v->code ? "Fail" : "Pass");
	certificate_details_code(d, "VerifyResult", v->code);
	doc_add_value(d, "NameCheck", DOC_LITERAL, names[v->name]);
	put_findings(d, v);
	if (p->fails_on && !v->code) {
		struct doc *f = doc_add(d, "FirstFailure", 0);
		put_time(f, "Date", p->fails_on);
		doc_add_text(f, "Subject", p->failure->n ? p->failure->findings[0].subject : "");
		certificate_details_code(f, "VerifyResult", p->failure->code);
	}
	if (v->judged_at)
		put_time(d, "JudgedAt", v->judged_at);
	doc_add_text(d, "Subject", v->subject);
	if (v->valid_until)
		put_time(d, "ValidUntil", v->valid_until);
}

static void answered(void *arg, const struct probe_answer *p)
{
	struct inspection *i = arg;
	struct err e = { .kind = ERR_NONE };
	/* The verdict on an untrusted certificate is a result, too. The command fails only if there was no
	 * certificate to verify. */
	if (p->verdict)
		put_answer(i->r.result, p);
	else
		e = p->err;
	certificate_details_chain(i->r.result, p->chain, agent_now(i->agent->agent), i->r.pem);
	void (*done)(void *, const struct err *) = i->r.done;
	void *done_arg = i->r.arg;
	inspect_cancel(i);
	done(done_arg, &e);
}

int inspect_server(struct agent *agent, const struct inspect_request *r, struct inspection **ret,
		   struct err *e)
{
	const struct agent_components *a = agent_components(agent);
	struct inspection *i = mem_new(sizeof *i);
	*i = (struct inspection){ .agent = a, .r = *r };
	if (r->at_unix) {
		i->day = date_new(0);
		struct date_sample day = { .unix_us = r->at_unix * 1000000,
					   .mono_ms = loop_now_ms(a->loop),
					   .server = "the day to verify for" };
		if (date_offer(i->day, &day, 1, e) < 0)
			goto fail;
	}
	if (r->fetches) /* an arbitrary server is not shown the device's own certificate */
		i->roots = anchors_copy(a->anchors);
	struct service_endpoint server;
	service_endpoint(settings_get(a->settings),
			 &(struct service_request){ .name = "Security Verify", .url = r->url }, &server);
	if (r->trusts_as != SETTINGS_TRUST_NONE)
		server.policy = service_policy_named(settings_get(a->settings), r->trusts_as);
	struct probe_request p = { .loop = a->loop,
				   .dns = a->dns,
				   .date = i->day ? i->day : a->date,
				   .anchors = i->roots ? i->roots : a->anchors,
				   .endpoint = &server,
				   .fetches = r->fetches,
				   .logs = !i->day && !r->fetches };
	if (probe_start(&p, answered, i, &i->probe, e) < 0)
		goto fail;
	*ret = i;
	return 0;
fail:
	inspect_cancel(i);
	return -1;
}

void inspect_cancel(struct inspection *i)
{
	if (!i)
		return;
	probe_free(i->probe);
	date_free(i->day);
	anchors_free(i->roots);
	free(i);
}
