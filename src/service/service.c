/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include <stdio.h>
#include <string.h>

struct verify_policy service_policy(const struct settings *s)
{
	return (struct verify_policy){
		.profile = (enum verify_profile)s->verification.profile,
		.revocation = (enum verify_revocation)s->verification.revocation,
		.no_common_name = !s->verification.common_name,
	};
}

void service_rules(const struct settings *s, enum service which, struct service_rules *ret)
{
	const int verify[] = {
		[SERVICE_ANY] = s->verify_server_certificate,
		[SERVICE_MANAGER] = s->provisioning.tls_verify,
		[SERVICE_DOCUMENTS] = s->provisioning.tls_verify,
		[SERVICE_PHONEBOOK] = s->phonebook.tls_verify,
		[SERVICE_FEEDBACK] = s->feedback.tls_verify,
	};
	memset(ret, 0, sizeof *ret);
	ret->verify = verify[which];
	ret->policy = service_policy(s);
}

void service_apply(const struct service_rules *r, struct https_endpoint_options *o)
{
	o->verify = r->verify ? HTTPS_VERIFY_ON : HTTPS_VERIFY_OFF;
	o->policy = r->policy;
}

struct service_login service_login_for(const struct settings *s, const char *url)
{
	struct service_login none = { NULL, NULL };
	struct https_url theirs, managers;
	char text[SETTINGS_URL];
	if (!s->provisioning.login_name[0] || !s->provisioning.address[0])
		return none;
	snprintf(text, sizeof text, "https://%s/", s->provisioning.address);
	if (https_url_parse(url, &theirs, NULL) < 0 || https_url_parse(text, &managers, NULL) < 0 ||
	    strcmp(theirs.host, managers.host) != 0 || theirs.port != managers.port)
		return none;
	return (struct service_login){ s->provisioning.login_name, s->provisioning.password };
}
