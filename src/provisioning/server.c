/* SPDX-License-Identifier: MIT */
#include "provisioning/server.h"

#include "wire/manager.h"

#include <stdio.h>
#include <string.h>

#define TAKE(field, text) snprintf(field, sizeof field, "%s", text)

void server_target_take(const struct settings *s, struct server_target *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->mode = s->provisioning.mode;
	service_rules(s, SERVICE_MANAGER, &ret->rules);
	TAKE(ret->address, s->provisioning.address);
	TAKE(ret->alternate, s->provisioning.alternate_address);
	TAKE(ret->path, s->provisioning.path);
	TAKE(ret->user, s->provisioning.login_name);
	TAKE(ret->password, s->provisioning.password);
}

int server_open(struct https *h, const struct server_target *t, const char *address, struct server *ret,
		struct err *e)
{
	server_drop(ret);
	/* Half of the world writes the path with a slash in front. */
	snprintf(ret->url, sizeof ret->url, "https://%s/%s", address, t->path + strspn(t->path, "/"));
	struct https_endpoint_options o = {
		.service = "ExternalManager",
		.url = ret->url,
		.user = t->user[0] ? t->user : NULL,
		.password = t->user[0] ? t->password : NULL,
		.headers = { "Content-Type: " MANAGER_CONTENT_TYPE, "SOAPAction: " MANAGER_SOAP_ACTION },
		.reply_max = HTTPS_REPLY_MAX,
	};
	service_apply(&t->rules, &o);
	if (https_endpoint_new(h, &o, &ret->peer, e) < 0) {
		server_drop(ret);
		return -1;
	}
	return 0;
}

void server_drop(struct server *s)
{
	https_endpoint_free(s->peer);
	*s = (struct server){ .peer = NULL };
}
