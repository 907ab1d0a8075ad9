/* SPDX-License-Identifier: MIT */
/* service: what the settings say about the servers of each service: how their certificates are verified, and
 * who logs in where. All connections are made by these, so that a setting holds for each service or for
 * none. */
#ifndef AGENT_SERVICE_H
#define AGENT_SERVICE_H

#include "net/https.h"
#include "settings/settings.h"

enum service {
	SERVICE_ANY, /* a server that a person names: the global setting */
	SERVICE_MANAGER,
	SERVICE_DOCUMENTS, /* that the manager asks for: verified as it is */
	SERVICE_PHONEBOOK,
	SERVICE_FEEDBACK,
};

struct service_rules { /* plain data, compared as a whole */
	int verify;    /* 0: the verdict is only logged */
	struct verify_policy policy;
};
/* How certificates are verified, whoever's they are. */
struct verify_policy service_policy(const struct settings *s);
void service_rules(const struct settings *s, enum service which, struct service_rules *ret);
/* A connection that is to be made by these rules. */
void service_apply(const struct service_rules *r, struct https_endpoint_options *o);

struct service_login {
	const char *user, *password;
}; /* borrowed from the settings; NULL: none */
/* The manager's user name and password, if the URL has the manager's own origin: host and port. */
struct service_login service_login_for(const struct settings *s, const char *url);

#endif
