/* SPDX-License-Identifier: MIT */
#include "diagnostics/client_preflight.h"

#include "base/mem.h"
#include "certstore/own.h"
#include "diagnostics_internal.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Statuses by which servers refuse a client certificate after the handshake. nginx answers 400 for its
 * internal codes 495 and 496. */
enum { BAD_REQUEST = 400, CERTIFICATE_ERROR = 495, CERTIFICATE_REQUIRED = 496 };

struct attempt { /* the attempt at one server */
	struct client_preflight *owner;
	const struct service_endpoint *server;
	struct probe *probe;
	const char *outcome; /* NULL: it was not reached, or its certificate is not trusted */
	char said[240];
};

struct client_preflight {
	const struct agent_components *agent;
	struct client_preflight_request r;
	struct anchors *would_be;
	struct servers *servers; /* that are asked; NULL: none are */
	struct attempt attempts[SERVERS_MAX];
	size_t n, open;
	struct loop_timer *timer;
};

static void finish(void *arg)
{
	struct client_preflight *t = arg;
	const struct err ok = { .kind = ERR_NONE };
	for (size_t i = 0; i < t->n; i++) {
		const struct attempt *at = &t->attempts[i];
		struct doc *d = doc_add(t->r.result, "Server", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "ClientCertificate", DOC_LITERAL, at->outcome ? at->outcome : "Unknown");
		doc_add_text(d, "Reason", at->said);
		doc_add_value(d, "Service", DOC_STRING, at->server->name);
		doc_add_value(d, "URL", DOC_STRING, at->server->url);
	}
	void (*done)(void *, const struct err *) = t->r.done;
	void *done_arg = t->r.arg;
	client_preflight_cancel(t);
	done(done_arg, &ok);
}

static int is_refusal(int status)
{
	return status == BAD_REQUEST || status == CERTIFICATE_ERROR || status == CERTIFICATE_REQUIRED;
}

static void answered(void *arg, const struct probe_answer *p)
{
	struct attempt *at = arg;
	int is_trusted = p->verdict && p->verdict->code == 0;
	if (p->err.kind != ERR_NONE)
		snprintf(at->said, sizeof at->said, "%s", p->err.text);
	else if (p->status)
		snprintf(at->said, sizeof at->said, "HTTP %d", p->status);
	if (p->err.kind == ERR_NONE && !p->client_certificate_requested)
		at->outcome = "NotAsked";
	else if (p->client_certificate_requested && is_trusted)
		at->outcome = p->err.kind != ERR_NONE || is_refusal(p->status) ? "Refused" : "Accepted";
	if (--at->owner->open == 0)
		loop_timer_in(at->owner->timer, 0);
}

static void ask(struct attempt *at)
{
	const struct client_preflight *t = at->owner;
	const struct agent_components *a = t->agent;
	struct err e;
	struct probe_request r = { .loop = a->loop,
				   .dns = a->dns,
				   .date = a->date,
				   .anchors = t->would_be,
				   .shows_client = 1,
				   .endpoint = at->server };
	if (probe_start(&r, answered, at, &at->probe, &e) < 0)
		snprintf(at->said, sizeof at->said, "%s", e.text);
	else
		at->owner->open++;
}

int client_preflight_start(struct agent *agent, const struct client_preflight_request *r,
			   struct client_preflight **ret, struct err *e)
{
	const struct agent_components *a = agent_components(agent);
	struct anchors_upload u = { .data = r->own.data,
				    .len = r->own.len,
				    .passphrase = r->own.passphrase,
				    .purpose = r->own.purpose,
				    .now_unix = agent_now(agent) };
	struct anchors *would_be = NULL;
	struct buf report;
	buf_init(&report, 64 << 10);
	int failed = own_preview(a->anchors, &u, &report, &would_be, e);
	if (!failed)
		security_report(r->result, &report);
	buf_done(&report);
	if (failed)
		return -1;
	struct client_preflight *t = mem_new(sizeof *t);
	*t = (struct client_preflight){ .agent = a, .r = *r, .would_be = would_be };
	t->timer = loop_timer_new(a->loop, finish, t);
	/* A certificate for HTTPS is not shown to servers, only to the device's own clients. */
	t->servers = r->own.purpose == OWN_HTTPS ? NULL : agent_servers(a->agent);
	t->n = t->servers ? t->servers->n : 0;
	for (size_t i = 0; i < t->n; i++) {
		t->attempts[i] = (struct attempt){ .owner = t, .server = &t->servers->at[i] };
		ask(&t->attempts[i]);
	}
	if (!t->open)
		loop_timer_in(t->timer, 0);
	*ret = t;
	return 0;
}

void client_preflight_cancel(struct client_preflight *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		probe_free(t->attempts[i].probe);
	loop_timer_free(t->timer);
	anchors_free(t->would_be);
	servers_free(t->servers);
	free(t);
}
