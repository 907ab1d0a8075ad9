/* SPDX-License-Identifier: MIT */
#include "provisioning_answer.h"

#include "base/text.h"
#include "service/failure.h"
#include "wire/soap_fault.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int refuse(struct answer_failure *v, enum heartbeat_state state, int needs_administrator,
		  const char *reason)
{
	v->state = state;
	v->needs_administrator = needs_administrator;
	snprintf(v->reason, sizeof v->reason, "%s", reason);
	return -1;
}

/* Sets the failure for an HTTP status. A SOAP fault in the answer may have the server's reason; other text of
 * the answer is not copied to the log. */
static int refuse_status(const struct https_reply *r, struct answer_failure *v)
{
	char reason[480];
	struct manager_answer none;
	struct err fault = { .kind = ERR_NONE };
	int is_fault =
		r->len && manager_read_answer(r->body, r->len, &none, &fault) < 0 && fault.code == SOAP_FAULT;
	if (fault.kind == ERR_NONE && r->len)
		manager_answer_done(&none);
	enum heartbeat_state state = r->status == 401 || r->status == 403 || r->status == 407
					     ? HEARTBEAT_AUTHENTICATION_FAILED
					     : HEARTBEAT_FAILED;
	if (is_fault)
		snprintf(reason, sizeof reason, "HTTP %d: %.400s", r->status, fault.text);
	else
		failure_describe(SERVICE_MANAGER, r, reason, sizeof reason);
	return refuse(v, state, r->status < 500 && r->status != 408 && r->status != 429, reason);
}

static int is_xml(const char *type)
{
	size_t len = strcspn(type, "; \t");
	return !len || (len == 8 && !strncasecmp(type, "text/xml", len)) ||
	       (len == 15 && !strncasecmp(type, "application/xml", len)) ||
	       (len == 20 && !strncasecmp(type, "application/soap+xml", len));
}

int answer_is_nothing(const struct https_reply *r)
{
	return r->err.kind == ERR_NONE && !r->len && (r->status == 202 || r->status == 204);
}

int answer_classify(const struct https_reply *r, struct manager_answer *ret, struct answer_failure *v)
{
	char reason[480];
	struct err e;
	if (r->err.kind == ERR_CONFIG)
		return refuse(v, HEARTBEAT_CONFIG_ERROR, 1, r->err.text);
	if (r->err.kind != ERR_NONE)
		return refuse(v, HEARTBEAT_FAILED,
			      (r->err.kind == ERR_TLS && !r->has_other_address) || r->err.kind == ERR_DATE,
			      r->err.text);
	if (r->status < 200 || r->status > 299)
		return refuse_status(r, v);
	if (r->body_err.kind != ERR_NONE)
		return refuse(v, HEARTBEAT_FAILED, 0, r->body_err.text);
	if (!is_xml(r->content_type)) {
		char type[80];
		snprintf(reason, sizeof reason,
			 "the server answered with %s: expected text/xml; does the address lead to a "
			 "management server?%s",
			 text_quoted(r->content_type, type, sizeof type),
			 failure_is_page(r) ? " It may be a log-in page, or a captive portal's" : "");
		return refuse(v, HEARTBEAT_FAILED, 0, reason);
	}
	if (manager_read_answer(r->body, r->len, ret, &e) < 0)
		return refuse(v, HEARTBEAT_FAILED, 0, e.text);
	return 0;
}
