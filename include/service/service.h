/* SPDX-License-Identifier: MIT */
/* service: what the settings say of the servers that this device talks to: where each one is, how its
 * certificate is verified, and as whom the device logs in there. Every HTTPS connection of the agent is
 * opened through this component. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "net/https.h"
#include "settings/settings.h"

enum service {
	SERVICE_ANY,       /* a server that a person names: verified by the global setting */
	SERVICE_MANAGER,   /* the external manager */
	SERVICE_DOCUMENTS, /* a server that the manager names for documents: verified as the manager is */
	SERVICE_PHONEBOOK,
	SERVICE_FEEDBACK, /* the server of one feedback slot */
};

/* An https URL that is too long to be used (net/https.h) is still too long when it is cut to SERVICE_URL. */
enum { SERVICE_NAME = 48, SERVICE_URL = 2400, SERVICE_LOGIN = SETTINGS_TEXT * 2 };

/* One server, as a service is to talk to it. Plain data without gaps that are not zero: two are equal when
 * memcmp says so. It may hold a password: overwrite it when it is no longer needed. */
struct service_endpoint {
	enum service service;
	char name[SERVICE_NAME]; /* in log lines and in the status: "HttpFeedback 1" */
	char url[SERVICE_URL];   /* "": none is configured */
	int json;                /* SERVICE_FEEDBACK: posts are JSON, not XML */
	int verify;              /* 0: a certificate that fails verification is only logged */
	int answer_ms;           /* for an answer, once the server has the post */
	struct verify_policy policy;
	char user[SERVICE_LOGIN], password[SERVICE_LOGIN]; /* for HTTP Basic; user "": none */
};

/* Which server. All texts are borrowed for the call; NULL: as the settings say, or none. */
struct service_request {
	enum service service;
	const char *name;            /* in log lines; NULL: the service's own */
	const char *url;             /* SERVICE_ANY, _DOCUMENTS, _FEEDBACK */
	const char *address, *path;  /* SERVICE_MANAGER: host[:port], and the path behind it */
	const char *user, *password; /* SERVICE_MANAGER, _DOCUMENTS */
	int slot, json;              /* SERVICE_FEEDBACK */
};
/* Describes the server by the settings as they are now. A user name and password go to the manager, to the
 * server that it names with them, and to a phone book of the manager's own origin (host and port); nobody
 * else gets any. */
void service_endpoint(const struct settings *s, const struct service_request *r,
		      struct service_endpoint *ret);

struct service_limits { /* milliseconds; 0: as net/https.h says */
	int connect_ms, total_ms;
	size_t reply_max; /* bytes; 0: as the service's own posts have it */
};
/* Prepares posts to the server, with the headers that the service has in every post. limits NULL: the
 * usual ones. *ret is yours to free with https_endpoint_free. -1: ERR_INPUT, the URL cannot be used. */
int service_open(struct https *h, const struct service_endpoint *e, const struct service_limits *limits,
		 struct https_endpoint **ret, struct err *err);

/* OpenSSL's code of the verdict on the server that this reply is from, or VERIFY_REFUSED_BEFORE_HANDSHAKE;
 * -1: it was not verified in this call. */
long service_verdict(const struct https_reply *r);

/* How certificates are verified, whoever's they are. */
struct verify_policy service_policy(const struct settings *s);
/* Is the certificate of this service's server verified, or are failures only logged? */
int service_verifies(const struct settings *s, enum service which);
/* The service that has this name in log lines and in the status ("HttpFeedback 1"); SERVICE_ANY: none has. */
enum service service_named(const char *name);

#endif
