/* SPDX-License-Identifier: MIT */
/* diagnose_service: each service's peer and document, made as the service makes them. */
#include "connection_internal.h"

#include "phonebook/phonebook.h"
#include "provisioning/answer.h"
#include "wire/manager.h"
#include "wire/phonebook.h"

#include <stdio.h>
#include <string.h>

/* --- what the settings say --- */

static void lacks(struct connection_target *t, const char *what, const char *hint)
{
	t->is_set = 0;
	t->hint = hint;
	err_set(&t->trouble, ERR_CONFIG, 0, "%s", what);
}

static void take_manager(const struct settings *s, struct connection_target *t)
{
	snprintf(t->url, sizeof t->url, "https://%s/%s", s->provisioning.address,
		 s->provisioning.path + strspn(s->provisioning.path, "/"));
	if (s->provisioning.mode == SETTINGS_PROVISIONING_OFF)
		lacks(t, "Provisioning Mode is Off", "set xConfiguration Provisioning Mode: TMS");
	else if (!s->provisioning.address[0])
		lacks(t, "no external manager is set",
		      "set xConfiguration Provisioning ExternalManager Address");
}

static void take_phonebook(const struct settings *s, struct connection_target *t)
{
	snprintf(t->url, sizeof t->url, "%s", s->phonebook.url);
	if (s->phonebook.type == SETTINGS_PHONEBOOK_OFF)
		lacks(t, "Phonebook Server 1 Type is Off", "set xConfiguration Phonebook Server 1 Type: TMS");
	else if (!s->phonebook.url[0])
		lacks(t, "no phone book is set", "set xConfiguration Phonebook Server 1 URL");
}

static void take_feedback(struct agent *a, struct connection_target *t)
{
	const struct store_registration *r = registrations_get(a->delivery, t->slot);
	snprintf(t->name, sizeof t->name, "HttpFeedback %d", t->slot);
	if (r)
		snprintf(t->url, sizeof t->url, "%s", r->url);
	else
		lacks(t, "this feedback slot is not registered",
		      "register it with xCommand HttpFeedback Register");
}

void connection_target_take(struct agent *a, const struct connection_request *r,
			    struct connection_target *ret)
{
	static const char *const names[] = { "Diagnostics", "ExternalManager", "Phonebook", "HttpFeedback" };
	static const enum service services[] = { SERVICE_ANY, SERVICE_MANAGER, SERVICE_PHONEBOOK,
						 SERVICE_FEEDBACK };
	const struct settings *s = settings_get(a->settings);
	*ret = (struct connection_target){
		.service = r->service, .slot = r->slot, .is_set = 1, .trouble = { .kind = ERR_NONE }
	};
	snprintf(ret->name, sizeof ret->name, "%s", names[r->service]);
	service_rules(s, services[r->service], &ret->rules);
	switch (r->service) {
	case CONNECTION_URL: snprintf(ret->url, sizeof ret->url, "%s", r->url); break;
	case CONNECTION_EXTERNAL_MANAGER: take_manager(s, ret); break;
	case CONNECTION_PHONEBOOK: take_phonebook(s, ret); break;
	case CONNECTION_HTTP_FEEDBACK: take_feedback(a, ret); break;
	}
	if (ret->is_set && https_url_parse(ret->url, &ret->parts, &ret->trouble) < 0) {
		ret->is_set = 0;
		ret->hint = "write it as https://host/path";
	}
}

/* --- peer and document --- */

static int open_manager(struct agent *a, struct https *h, struct https_endpoint **ret, struct err *e)
{
	struct server_target t;
	struct server s = { .peer = NULL };
	server_target_take(settings_get(a->settings), &t);
	int r = server_open(h, &t, t.address, &s, e);
	*ret = s.peer;
	explicit_bzero(&t, sizeof t);
	return r;
}

int connection_peer(struct agent *a, const struct connection_target *t, struct https *h,
		    struct https_endpoint **ret, struct err *e)
{
	if (t->service == CONNECTION_EXTERNAL_MANAGER)
		return open_manager(a, h, ret, e);
	const struct settings *s = settings_get(a->settings);
	struct https_endpoint_options o = { .service = t->name, .url = t->url, .reply_max = HTTPS_REPLY_MAX };
	service_apply(&t->rules, &o);
	if (t->service == CONNECTION_HTTP_FEEDBACK)
		o.headers[0] = registrations_get(a->delivery, t->slot)->json
				       ? "Content-Type: application/json"
				       : "Content-Type: text/xml; charset=utf-8";
	else if (t->service == CONNECTION_PHONEBOOK)
		o.headers[0] = "Content-Type: " PHONEBOOK_CONTENT_TYPE;
	if (t->service == CONNECTION_PHONEBOOK) {
		struct service_login login = service_login_for(s, t->url);
		o.user = login.user;
		o.password = login.password;
	}
	return https_endpoint_new(h, &o, ret, e);
}

static void write_event(struct agent *a, const struct connection_target *t, struct buf *body)
{
	struct doc *event = doc_new("Event");
	doc_set_value(doc_make(event, "Diagnostics/Connection/Service"), DOC_STRING, t->name);
	feedback_write(registrations_get(a->delivery, t->slot)->json ? WIRE_JSON : WIRE_XML,
		       status_identity(a), event, body);
	doc_free(event);
}

int connection_body(struct agent *a, const struct connection_target *t, struct buf *body, const char **header)
{
	*header = NULL;
	switch (t->service) {
	case CONNECTION_URL: return -1;
	case CONNECTION_EXTERNAL_MANAGER: manager_write_event(MANAGER_BEAT, status_identity(a), body); break;
	case CONNECTION_PHONEBOOK:
		*header = "SOAPAction: " PHONEBOOK_SOAP_ACTION_SEARCH;
		phonebook_write_search(status_identity(a), &(struct phonebook_query){ .max = 50 }, body);
		break;
	case CONNECTION_HTTP_FEEDBACK:
		if (!registrations_get(a->delivery, t->slot))
			return -1;
		write_event(a, t, body);
		break;
	}
	return body->full ? -1 : 0;
}

static void manager_answered(struct agent *a, const struct https_reply *reply, char *ret, size_t size,
			     struct err *e)
{
	struct manager_answer m;
	struct answer_failure v;
	if (answer_classify(reply, &m, &v) < 0) {
		err_set(e, ERR_PROTOCOL, 0, "%s", v.reason);
		return;
	}
	snprintf(ret, size, "a PostEventResponse%s%s", m.configuration ? " with settings" : "",
		 m.command ? " with commands" : "");
	manage_answered(a, &m);
	manager_answer_done(&m);
}

void connection_answer(struct agent *a, const struct connection_target *t, const struct https_reply *reply,
		       char *ret, size_t size, struct err *e)
{
	struct phonebook_page p;
	*e = (struct err){ .kind = ERR_NONE };
	snprintf(ret, size, "the server took the post");
	if (t->service == CONNECTION_EXTERNAL_MANAGER) {
		manager_answered(a, reply, ret, size, e);
	} else if (t->service == CONNECTION_PHONEBOOK &&
		   phonebook_read_page(reply->body, reply->len, &p, e) == 0) {
		snprintf(ret, size, "a phone book that begins with %zu entries", p.n);
		phonebook_page_done(&p);
	}
}
