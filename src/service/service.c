/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include "base/redact.h"
#include "net/nts_ke.h"
#include "wire/manager.h"
#include "wire/wire_phonebook.h"

#include <stdio.h>
#include <string.h>

/* How long a feedback server may be silent within an answer, whose body is not needed. */
enum { FEEDBACK_REST_MS = 3000 };

struct dns_options service_name_servers(const struct settings *s)
{
	return (struct dns_options){ .servers = { s->dns.server[0], s->dns.server[1], s->dns.server[2] },
				     .domain = s->dns.domain };
}

int service_verifies(const struct settings *s, enum service which)
{
	const int verifies[] = {
		[SERVICE_ANY] = s->verify_server_certificate,
		[SERVICE_MANAGER] = s->provisioning.tls_verify,
		[SERVICE_DOCUMENTS] = s->provisioning.tls_verify,
		[SERVICE_PHONEBOOK] = s->phonebook.tls_verify,
		[SERVICE_FEEDBACK] = s->feedback.tls_verify,
		[SERVICE_LOGGING] = s->logging.external.tls_verify,
		[SERVICE_NTS] = 1,
	};
	return verifies[which];
}

const char *service_verify_setting(enum service which)
{
	static const char *const settings[] = {
		[SERVICE_ANY] = "NetworkServices HTTPS VerifyServerCertificate",
		[SERVICE_MANAGER] = "Provisioning TlsVerify",
		[SERVICE_DOCUMENTS] = "Provisioning TlsVerify",
		[SERVICE_PHONEBOOK] = "Phonebook Server 1 TlsVerify",
		[SERVICE_FEEDBACK] = "HttpFeedback TlsVerify",
		[SERVICE_LOGGING] = "Logging External TlsVerify",
		[SERVICE_NTS] = "", /* it is always verified */
	};
	return settings[which];
}

int service_is_https(enum service which)
{
	return which != SERVICE_LOGGING && which != SERVICE_NTS;
}

const char *service_shown(const char *url, char ret[SERVICE_URL])
{
	redact_url(url, ret, SERVICE_URL);
	return ret;
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

/* Returns 1 if the URL has the manager's origin (host and port), so that the manager's login may be used. */
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

/* Sets a server that does not use HTTPS; host "": none is configured. */
static void set_stream(struct service_endpoint *e, const char *host, int port)
{
	e->is_address = dns_is_address(host, NULL);
	e->port = port;
	snprintf(e->host, sizeof e->host, "%s", host);
	if (*host)
		snprintf(e->url, sizeof e->url, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
}

static void set_logging(struct service_endpoint *e, const struct settings *s)
{
	if (s->logging.external.mode)
		set_stream(e, s->logging.external.address, (int)s->logging.external.port);
}

/* The NTS-KE server is the host of the time server, at a separate port. */
static void set_nts(struct service_endpoint *e, const struct settings *s, int server)
{
	char host[DNS_NAME_MAX];
	int ntp_port;
	const char *address = s->ntp.server[server - 1].address;
	if (s->ntp.mode != SETTINGS_NTP_OFF && s->ntp.server[server - 1].nts &&
	    dns_split_port(address, 0, host, &ntp_port, NULL) == 0)
		set_stream(e, host, (int)s->ntp.server[server - 1].nts_port);
}

static void set_host(struct service_endpoint *e)
{
	struct https_url url;
	if (https_url_parse(e->url, &url, NULL) < 0)
		return;
	snprintf(e->host, sizeof e->host, "%s", url.host);
	e->port = url.port;
	e->is_address = url.is_address;
}

void service_endpoint(const struct settings *s, const struct service_request *r, struct service_endpoint *ret)
{
	memset(ret, 0, sizeof *ret);
	int slot = r->service == SERVICE_FEEDBACK ? r->number : 0;
	ret->number = r->service == SERVICE_NTS ? r->number : slot;
	ret->service = r->service;
	ret->json = r->json;
	ret->verify = service_verifies(s, r->service);
	ret->policy = service_policy(s, r->service, slot);
	ret->answer_ms = (int)s->answer_timeout_s * 1000;
	if (r->name)
		snprintf(ret->name, sizeof ret->name, "%s", r->name);
	else
		service_write_name(r->service, ret->number, ret->name);
	if (r->service == SERVICE_MANAGER)
		set_manager(ret, s, r);
	else if (r->service == SERVICE_PHONEBOOK)
		set_phonebook(ret, s);
	else if (r->service == SERVICE_LOGGING)
		set_logging(ret, s);
	else if (r->service == SERVICE_NTS)
		set_nts(ret, s, r->number);
	else
		snprintf(ret->url, sizeof ret->url, "%s", r->url ? r->url : "");
	if (service_is_https(r->service))
		set_host(ret);
	if (r->service == SERVICE_DOCUMENTS)
		set_login(ret, r->user, r->password);
}

struct verify_request service_verify_request(const struct service_endpoint *e, const struct anchors *anchors,
					     struct date *date, int64_t now_ms)
{
	struct verify_request r = { .anchors = anchors, .policy = e->policy, .host = e->host };
	if (date_now(date, now_ms, &r.at_unix, NULL) == 0)
		return r;
	r.at_unix = 0;
	int64_t floor = date_floor(date, now_ms);
	if (e->service == SERVICE_NTS)
		r.floor_unix = floor > 0 ? floor : 1; /* 1970: no later moment is known to have passed */
	return r;
}

struct tls_stream_request service_stream(const struct service_endpoint *e)
{
	struct tls_stream_request r = { .service = e->name, .host = e->host, .port = e->port };
	if (e->service == SERVICE_NTS)
		r = nts_ke_stream(
			&(struct nts_ke_request){ .service = e->name, .host = e->host, .port = e->port });
	r.verify = e->verify ? TLS_STREAM_VERIFY_ON : TLS_STREAM_VERIFY_OFF;
	r.policy = e->policy;
	return r;
}

const char *service_feedback_type(int json)
{
	return json ? "Content-Type: application/json" : "Content-Type: text/xml; charset=utf-8";
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
	case SERVICE_FEEDBACK: /* each post has its own Content-Type; nobody needs the answer's body */
		o.rest_ms = FEEDBACK_REST_MS;
		break;
	case SERVICE_ANY:
	case SERVICE_LOGGING:
	case SERVICE_NTS: break;
	case SERVICE_MANAGER:
		o.headers[0] = "Content-Type: " MANAGER_CONTENT_TYPE;
		o.headers[1] = "SOAPAction: " MANAGER_SOAP_ACTION;
		o.reply_max = HTTPS_REPLY_MAX;
		break;
	case SERVICE_PHONEBOOK: /* each post has its own SOAPAction */
		o.headers[0] = "Content-Type: " PHONEBOOK_CONTENT_TYPE;
		o.reply_max = HTTPS_REPLY_MAX;
		break;
	case SERVICE_DOCUMENTS: o.headers[0] = "Content-Type: text/xml; charset=utf-8"; break;
	}
	if (l->reply_max)
		o.reply_max = l->reply_max;
	return https_endpoint_new(h, &o, ret, err);
}
