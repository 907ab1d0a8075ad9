/* SPDX-License-Identifier: MIT */
/* testpost: one post past the queue, on a connection of its own, that shows whether and how a slot's server
 * is reached. */
#include "agent/letters.h"

#include "base/mem.h"
#include "parts.h"
#include "x509/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 5000, TOTAL_MS = 15000 };

struct agent_test {
	struct agent *agent;
	struct https *https; /* its own: what is verified here is told to who asked, and no server's state */
	struct https_peer *peer;
	struct loop_timer *timer; /* the answer has come: tells it when https has returned */
	struct err err;
	struct buf body;
	char id[64], stamp[48];
	struct doc *result; /* the asker's */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

void agent_feedback_test_cancel(struct agent_test *t)
{
	if (!t)
		return;
	https_peer_free(t->peer);
	https_free(t->https);
	loop_timer_free(t->timer);
	buf_done(&t->body);
	free(t);
}

static void describe(struct doc *d, const struct https_reply *r)
{
	char verdict[80];
	if (r->verify_code >= 0) {
		snprintf(verdict, sizeof verdict, "%ld=%s", r->verify_code, codes_symbol(r->verify_code));
		doc_add_value(d, "VerifyResult", DOC_STRING, verdict);
	}
	if (r->status)
		doc_add_int(d, "LastStatus", r->status);
	doc_add_int(d, "Milliseconds", r->elapsed_ms);
}

static void finish(void *arg)
{
	struct agent_test *t = arg;
	struct err e = t->err;
	void (*done)(void *arg, const struct err *e) = t->done;
	void *done_arg = t->arg;
	agent_feedback_test_cancel(t);
	done(done_arg, &e);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct agent_test *t = arg;
	t->err = r->err;
	describe(t->result, r);
	if (r->err.kind == ERR_NONE && (r->status < 200 || r->status > 299))
		err_set(&t->err, ERR_NET, r->status, "the server answered HTTP %d", r->status);
	loop_timer_in(t->timer, 0);
}

int agent_feedback_test(struct agent *a, int slot, struct doc *result,
			void (*done)(void *arg, const struct err *e), void *arg, struct agent_test **ret,
			struct err *e)
{
	const struct settings *s = settings_get(a->settings);
	const struct store_registration *r = feedback_get(a->feedback, slot);
	char service[40];
	if (!r)
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
	snprintf(service, sizeof service, "HttpFeedback %d test", slot);
	struct https_peer_options o = {
		.service = service,
		.url = r->url,
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.headers = { r->json ? "Content-Type: application/json"
				     : "Content-Type: text/xml; charset=utf-8" },
	};
	struct service_rules rules;
	service_rules(s, SERVICE_FEEDBACK, &rules);
	service_apply(&rules, &o);
	struct agent_test *t = mem_new(sizeof *t);
	*t = (struct agent_test){ .agent = a, .result = result, .done = done, .arg = arg };
	t->timer = loop_timer_new(a->loop, finish, t);
	t->https = https_new(&(struct https_options){ .loop = a->loop,
						      .dns = a->dns,
						      .date = a->date,
						      .anchors = a->anchors,
						      .judged = security_asked,
						      .arg = a });
	buf_init(&t->body, STORE_BODY_MAX);
	feedback_test(a->feedback, slot, status_identity(a), &t->body);
	snprintf(t->id, sizeof t->id, "webhook-id: test-%d-%" PRId64, slot, loop_now_ms(a->loop));
	snprintf(t->stamp, sizeof t->stamp, "webhook-timestamp: %" PRId64, agent_now(a));
	const char *headers[] = { t->id, t->stamp };
	if (https_peer_new(t->https, &o, &t->peer, e) < 0 ||
	    https_post(t->peer, t->body.data, t->body.len, headers, agent_now(a) ? 2 : 1, answered, t, e) <
		    0) {
		agent_feedback_test_cancel(t);
		return -1;
	}
	*ret = t;
	return 0;
}
