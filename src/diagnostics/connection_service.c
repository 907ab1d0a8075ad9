/* SPDX-License-Identifier: MIT */
/* connection_service: reads the server of each service from the settings, and makes the documents that the
 * service would post. */
#include "connection_internal.h"

#include "delivery/registrations.h"
#include "phonebook/phonebook.h"
#include "provisioning/provisioning.h"
#include "wire/manager.h"
#include "wire/wire_phonebook.h"

#include <stdio.h>
#include <string.h>

/* --- what the settings say --- */

static void lacks(struct connection_target *t, const char *what, const char *hint)
{
	t->is_set = 0;
	t->hint = hint;
	err_set(&t->trouble, ERR_CONFIG, 0, "%s", what);
}

static void check_manager(const struct settings *s, struct connection_target *t)
{
	if (s->provisioning.mode == SETTINGS_PROVISIONING_OFF)
		lacks(t, "Provisioning Mode is Off", "set xConfiguration Provisioning Mode: TMS");
	else if (!s->provisioning.address[0])
		lacks(t, "no external manager is set",
		      "set xConfiguration Provisioning ExternalManager Address");
}

static void check_phonebook(const struct settings *s, struct connection_target *t)
{
	if (s->phonebook.type == SETTINGS_PHONEBOOK_OFF)
		lacks(t, "Phonebook Server 1 Type is Off", "set xConfiguration Phonebook Server 1 Type: TMS");
	else if (!s->phonebook.url[0])
		lacks(t, "no phone book is set", "set xConfiguration Phonebook Server 1 URL");
}

void connection_target_take(const struct agent_components *a, const struct connection_request *r,
			    struct connection_target *ret)
{
	const struct settings *s = settings_get(a->settings);
	struct https_url parts;
	struct service_request want = {
		.service = r->service,
		.url = r->url,
		.number = r->number,
		.address = r->address,
	};
	*ret = (struct connection_target){ .is_set = 1, .trouble = { .kind = ERR_NONE } };
	if (r->service == SERVICE_ANY)
		want.name = "Diagnostics";
	if (r->service == SERVICE_FEEDBACK) {
		const struct store_registration *slot = registrations_get(a->delivery, r->number);
		want.url = slot ? slot->url : NULL;
		want.json = slot && slot->json;
	}
	service_endpoint(s, &want, &ret->endpoint);
	if (r->service == SERVICE_MANAGER)
		check_manager(s, ret);
	else if (r->service == SERVICE_PHONEBOOK)
		check_phonebook(s, ret);
	else if (r->service == SERVICE_FEEDBACK && !want.url)
		lacks(ret, "this feedback slot is not registered",
		      "register it with xCommand HttpFeedback Register");
	else if (r->service == SERVICE_LOGGING && !ret->endpoint.url[0])
		lacks(ret, "no log server is set",
		      "set xConfiguration Logging External Server Address, and Logging External Mode: On");
	else if (r->service == SERVICE_NTS && !ret->endpoint.url[0])
		lacks(ret, "this time server is not set, or has no NTS",
		      "set xConfiguration NetworkServices NTP Server Address, and NTS: On");
	if (ret->is_set && service_is_https(r->service) &&
	    https_url_parse(ret->endpoint.url, &parts, &ret->trouble) < 0) {
		ret->is_set = 0;
		ret->hint = "write it as https://host/path";
	}
}

size_t connection_roots(const struct agent_components *a, const struct connection_target *t, char *ret,
			size_t size)
{
	const struct allowed_roots *allowed = &t->endpoint.policy.allowed;
	size_t all = anchors_count(a->anchors), n = allowed_loaded(allowed, a->anchors, NULL);
	char setting[80];
	allowed_settings(allowed, setting, sizeof setting);
	if (allowed->settings)
		snprintf(ret, size, "%zu loaded; %s allows %zu for %s", all, setting, n, allowed->service);
	else
		snprintf(ret, size, "%zu loaded", all);
	return allowed_is_nobody(allowed, a->anchors, t->endpoint.host) ? 0 : all;
}

int connection_open(struct https *h, const struct connection_target *t, struct https_endpoint **ret,
		    struct err *e)
{
	const struct service_limits limits = { .reply_max = HTTPS_REPLY_MAX };
	return service_open(h, &t->endpoint, &limits, ret, e);
}

static void write_event(const struct agent_components *a, const struct connection_target *t, struct buf *body)
{
	struct doc *event = doc_new("Event");
	doc_set_value(doc_make(event, "Diagnostics/Connection/Service"), DOC_STRING, t->endpoint.name);
	post_write(t->endpoint.json ? WIRE_JSON : WIRE_XML, agent_identity(a->agent), event, body);
	doc_free(event);
}

/* Writes the headers as those of the slot's posts, so that the server treats the test as it treats them. */
static void write_headers(const struct agent_components *a, const struct connection_target *t,
			  struct connection_post *p)
{
	int slot = t->endpoint.number;
	p->headers[0] = service_feedback_type(t->endpoint.json);
	p->n_headers =
		1 + webhook_write_test(&p->webhook,
				       &(struct webhook_test){
					       .slot = slot,
					       .secret = settings_get(a->settings)->feedback.secret[slot - 1],
					       .number = loop_now_ms(a->loop),
					       .now = agent_now(a->agent),
					       .body = p->body.data,
					       .len = p->body.len },
				       p->headers + 1);
}

int connection_write(const struct agent_components *a, const struct connection_target *t,
		     struct connection_post *ret)
{
	struct buf *body = &ret->body;
	ret->n_headers = 0;
	switch (t->endpoint.service) {
	case SERVICE_ANY:
	case SERVICE_DOCUMENTS:
	case SERVICE_LOGGING:
	case SERVICE_NTS: return -1;
	case SERVICE_MANAGER: manager_write_event(MANAGER_BEAT, agent_identity(a->agent), body); break;
	case SERVICE_PHONEBOOK:
		ret->headers[ret->n_headers++] = "SOAPAction: " PHONEBOOK_SOAP_ACTION_SEARCH;
		phonebook_write_search(agent_identity(a->agent), &(struct phonebook_query){ .max = 50 },
				       body);
		break;
	case SERVICE_FEEDBACK:
		if (!registrations_get(a->delivery, t->endpoint.number))
			return -1;
		write_event(a, t, body);
		write_headers(a, t, ret);
		break;
	}
	return body->full ? -1 : 0;
}

void connection_answer(const struct agent_components *a, const struct connection_target *t,
		       const struct https_reply *reply, char *ret, size_t size, struct err *e)
{
	struct phonebook_page p;
	*e = (struct err){ .kind = ERR_NONE };
	snprintf(ret, size, "the server took the post");
	if (t->endpoint.service == SERVICE_FEEDBACK &&
	    registrations_is_parked(a->delivery, t->endpoint.number))
		err_set(e, ERR_CONFIG, 0,
			"the server took the post, but this slot is parked since the server has answered "
			"HTTP 410: nothing else is sent to it");
	if (t->endpoint.service == SERVICE_MANAGER) {
		provisioning_take_answer(a->provisioning, reply, ret, size, e);
	} else if (t->endpoint.service == SERVICE_PHONEBOOK &&
		   phonebook_read_page(reply->body, reply->len, &p, e) == 0) {
		snprintf(ret, size, "a phone book that begins with %zu entries", p.n);
		phonebook_page_done(&p);
	}
}
