/* SPDX-License-Identifier: MIT */
/* server: one server that may be the manager, and what of the settings makes it. */
#ifndef PROVISIONING_SERVER_H
#define PROVISIONING_SERVER_H

#include "net/https.h"
#include "service/service.h"
#include "settings/settings.h"

struct server_target { /* plain data, compared as a whole */
	int mode;
	struct service_rules rules;
	char address[80], alternate[80], path[SETTINGS_URL], user[SETTINGS_TEXT * 2],
		password[SETTINGS_TEXT * 2];
};
void server_target_take(const struct settings *s, struct server_target *ret);

struct server {
	char url[400]; /* "": there is none */
	struct https_endpoint *peer;
};
/* In place of what was there; on failure there is none. */
int server_open(struct https *h, const struct server_target *t, const char *address, struct server *ret,
		struct err *e);
void server_drop(struct server *s);

#endif
