/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include "wire/manager.h"
#include "wire/phonebook.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[SERVICE_ANY] = "",
	[SERVICE_MANAGER] = "ExternalManager",
	[SERVICE_DOCUMENTS] = "PostedDocument",
	[SERVICE_PHONEBOOK] = "Phonebook",
	[SERVICE_FEEDBACK] = "HttpFeedback",
	[SERVICE_LOGGING] = "Logging",
};
enum { SERVICES = sizeof names / sizeof *names };

struct dns_options service_name_servers(const struct settings *s)
{
	return (struct dns_options){ .servers = { s->dns.server[0], s->dns.server[1], s->dns.server[2] },
				     .domain = s->dns.domain };
}

int service_verifies(const struct settings *s, enum service which)
{
	const int verifies[SERVICES] = {
		[SERVICE_ANY] = s->verify_server_certificate,
		[SERVICE_MANAGER] = s->provisioning.tls_verify,
		[SERVICE_DOCUMENTS] = s->provisioning.tls_verify,
		[SERVICE_PHONEBOOK] = s->phonebook.tls_verify,
		[SERVICE_FEEDBACK] = s->feedback.tls_verify,
		[SERVICE_LOGGING] = s->logging.external.tls_verify,
	};
	return verifies[which];
}

enum service service_named(const char *name)
{
	size_t len = strcspn(name, " ");
	for (int which = SERVICE_MANAGER; which < SERVICES; which++)
		if (strlen(names[which]) == len && strncmp(name, names[which], len) == 0)
			return (enum service)which;
	return SERVICE_ANY;
}

long service_verdict(const struct https_reply *r)
{
	if (r->verify_code >= 0)
		return r->verify_code;
	return r->err.kind == ERR_TLS || r->err.kind == ERR_DATE ? VERIFY_REFUSED_BEFORE_HANDSHAKE : -1;
}

static void set_login(struct service_endpoint *e, const char *user, const char *password)
{
	if (!user || !*user)
		return;
	snprintf(e->user, sizeof e->user, "%s", user);
	snprintf(e->password, sizeof e->password, "%s", password ? password : "");
}

/* The manager's user name is for servers of its own origin: the same host and port. */
static int is_managers_origin(const struct settings *s, const char *url)
{
	struct https_url theirs, managers;
	char text[SERVICE_URL];
	snprintf(text, sizeof text, "https://%s/", s->provisioning.address);
	return s->provisioning.address[0] && https_url_parse(url, &theirs, NULL) == 0 &&
	       https_url_parse(text, &managers, NULL) == 0 && strcmp(theirs.host, managers.host) == 0 &&
	       theirs.port == managers.port;
}

static void set_manager(struct service_endpoint *e, const struct settings *s, const struct service_request *r)
{
	const char *address = r->address ? r->address : s->provisioning.address;
	const char *path = r->path ? r->path : s->provisioning.path;
	/* Many administrators write the path with a leading slash. */
	if (*address)
		snprintf(e->url, sizeof e->url, "https://%s/%s", address, path + strspn(path, "/"));
	set_login(e, r->user ? r->user : s->provisioning.login_name,
		  r->password ? r->password : s->provisioning.password);
}

static void set_phonebook(struct service_endpoint *e, const struct settings *s)
{
	if (s->phonebook.type != SETTINGS_PHONEBOOK_OFF)
		snprintf(e->url, sizeof e->url, "%s", s->phonebook.url);
	if (is_managers_origin(s, e->url))
		set_login(e, s->provisioning.login_name, s->provisioning.password);
}

void service_endpoint(const struct settings *s, const struct service_request *r, struct service_endpoint *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->service = r->service;
	ret->json = r->json;
	ret->verify = service_verifies(s, r->service);
	ret->policy = service_policy(s);
	ret->answer_ms = (int)s->answer_timeout_s * 1000;
	if (r->name)
		snprintf(ret->name, sizeof ret->name, "%s", r->name);
	else if (r->service == SERVICE_FEEDBACK)
		snprintf(ret->name, sizeof ret->name, "%s %d", names[r->service], r->slot);
	else
		snprintf(ret->name, sizeof ret->name, "%s", names[r->service]);
	if (r->service == SERVICE_MANAGER)
		set_manager(ret, s, r);
	else if (r->service == SERVICE_PHONEBOOK)
		set_phonebook(ret, s);
	else
		snprintf(ret->url, sizeof ret->url, "%s", r->url ? r->url : "");
	if (r->service == SERVICE_DOCUMENTS)
		set_login(ret, r->user, r->password);
}

int service_open(struct https *h, const struct service_endpoint *e, const struct service_limits *limits,
		 struct https_endpoint **ret, struct err *err)
{
	static const struct service_limits usual = { 0 };
	const struct service_limits *l = limits ? limits : &usual;
	struct https_endpoint_options o = {
		.service = e->name,
		.url = e->url,
		.verify = e->verify ? HTTPS_VERIFY_ON : HTTPS_VERIFY_OFF,
		.policy = e->policy,
		.user = e->user[0] ? e->user : NULL,
		.password = e->user[0] ? e->password : NULL,
		.connect_ms = l->connect_ms,
		.answer_ms = e->answer_ms,
		.total_ms = l->total_ms,
	};
	switch (e->service) {
	case SERVICE_ANY:
	case SERVICE_LOGGING: break;
	case SERVICE_MANAGER:
		o.headers[0] = "Content-Type: " MANAGER_CONTENT_TYPE;
		o.headers[1] = "SOAPAction: " MANAGER_SOAP_ACTION;
		o.reply_max = HTTPS_REPLY_MAX;
		break;
	case SERVICE_PHONEBOOK: /* each post says its own SOAPAction */
		o.headers[0] = "Content-Type: " PHONEBOOK_CONTENT_TYPE;
		o.reply_max = HTTPS_REPLY_MAX;
		break;
	case SERVICE_DOCUMENTS: o.headers[0] = "Content-Type: text/xml; charset=utf-8"; break;
	case SERVICE_FEEDBACK:
		o.headers[0] =
			e->json ? "Content-Type: application/json" : "Content-Type: text/xml; charset=utf-8";
		break;
	}
	if (l->reply_max)
		o.reply_max = l->reply_max;
	return https_endpoint_new(h, &o, ret, err);
}
