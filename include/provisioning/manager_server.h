/* SPDX-License-Identifier: MIT */
/* manager_server: one server that may be the manager, and what of the settings makes it. */
#ifndef AGENT_MANAGER_SERVER_H
#define AGENT_MANAGER_SERVER_H

#include "net/https.h"
#include "service/service.h"
#include "settings/settings.h"

struct manager_target { /* plain data, compared as a whole */
	int mode;
	struct service_rules rules;
	char address[80], alternate[80], path[SETTINGS_URL], user[SETTINGS_TEXT * 2],
		password[SETTINGS_TEXT * 2];
};
void manager_target_take(const struct settings *s, struct manager_target *ret);

struct manager_server {
	char url[400]; /* "": there is none */
	struct https_peer *peer;
};
/* In place of what was there; on failure there is none. */
int manager_server_open(struct https *h, const struct manager_target *t, const char *address,
			struct manager_server *ret, struct err *e);
void manager_server_drop(struct manager_server *s);

#endif
