/* SPDX-License-Identifier: MIT */
#include "delivery/testpost.h"

#include "base/mem.h"
#include "delivery/webhook.h"
#include "delivery_internal.h"
#include "service/failure.h"
#include "x509/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 5000 };

struct testpost {
	struct https *https;
	struct https_endpoint *endpoint;
	/* calls finish in a later turn of the loop, since https may not be freed in its callback */
	struct loop_timer *timer;
	struct err err;
	struct buf body;
	struct webhook webhook;
	struct testpost_request asked;
};

void testpost_cancel(struct testpost *t)
{
	if (!t)
		return;
	https_endpoint_free(t->endpoint);
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
	struct testpost *t = arg;
	struct err e = t->err;
	struct testpost_request asked = t->asked;
	testpost_cancel(t);
	asked.done(asked.arg, &e);
}

static void refuse(struct testpost *t, const struct https_reply *r)
{
	char reason[400];
	failure_describe(SERVICE_FEEDBACK, r, reason, sizeof reason);
	err_set(&t->err, ERR_NET, r->status, "%s", reason);
}

static void answered(void *arg, const struct https_reply *r)
{
	struct testpost *t = arg;
	t->err = r->err;
	describe(t->asked.result, r);
	if (r->err.kind == ERR_NONE && (r->status < 200 || r->status > 299))
		refuse(t, r);
	else if (r->err.kind == ERR_NONE && failure_is_page(r))
		doc_add_value(
			t->asked.result, "Warning", DOC_STRING,
			"the answer is an HTML page: is it a log-in page, or another program at this URL?");
	loop_timer_in(t->timer, 0);
}

/* Opens the endpoint with the URL and settings with which the slot's posts are sent. */
static int open_endpoint(struct delivery *d, struct testpost *t, const struct store_registration *r,
			 struct err *e)
{
	struct service_endpoint server;
	struct service_limits limits = { .connect_ms = CONNECT_MS };
	char name[40];
	snprintf(name, sizeof name, "HttpFeedback %d test", t->asked.slot);
	service_endpoint(
		settings_get(d->o.settings),
		&(struct service_request){
			.service = SERVICE_FEEDBACK, .number = t->asked.slot, .name = name, .url = r->url },
		&server);
	return service_open(t->https, &server, &limits, &t->endpoint, e);
}

int testpost_send(struct delivery *d, const struct testpost_request *asked, struct testpost **ret,
		  struct err *e)
{
	const struct store_registration *r = feedback_get(d->feedback, asked->slot);
	if (!r)
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", asked->slot);
	struct testpost *t = mem_new(sizeof *t);
	t->asked = *asked;
	t->timer = loop_timer_new(d->o.loop, finish, t);
	t->https = d->o.https_for_test(d->o.arg);
	buf_init(&t->body, STORE_BODY_MAX);
	feedback_test(d->feedback, asked->slot, d->o.identity(d->o.arg), &t->body);
	const char *headers[1 + WEBHOOK_HEADERS] = { service_feedback_type(r->json) };
	size_t n =
		1 + webhook_write_test(
			    &t->webhook,
			    &(struct webhook_test){
				    .slot = asked->slot,
				    .secret = settings_get(d->o.settings)->feedback.secret[asked->slot - 1],
				    .number = loop_now_ms(d->o.loop),
				    .now = d->o.now(d->o.arg),
				    .body = t->body.data,
				    .len = t->body.len },
			    headers + 1);
	if (open_endpoint(d, t, r, e) < 0 ||
	    https_post(t->endpoint, t->body.data, t->body.len, headers, n, answered, t, e) < 0) {
		testpost_cancel(t);
		return -1;
	}
	*ret = t;
	return 0;
}
