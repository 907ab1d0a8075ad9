/* SPDX-License-Identifier: MIT */
/* service: reads from the settings, for each server to which this device connects over TLS, its address, the
 * way in which its certificate is verified, and the login. Every such connection of the agent is opened
 * through this component. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "net/dns.h"
#include "net/https.h"
#include "net/tls_stream.h"
#include "settings/settings.h"

enum service {
	SERVICE_ANY,     /* a server that a person names; the global setting says whether it is verified */
	SERVICE_MANAGER, /* the external manager */
	/* a server that the manager names for documents; it is verified like the manager */
	SERVICE_DOCUMENTS,
	SERVICE_PHONEBOOK,
	SERVICE_FEEDBACK, /* the server of one feedback slot */
	/* the next two services do not use HTTPS */
	SERVICE_LOGGING, /* the log server */
	SERVICE_NTS,     /* the NTS-KE server of one time server */
};

/* An https URL that is too long to be used (net/https.h) is still too long when it is cut to SERVICE_URL. */
enum { SERVICE_NAME = 48, SERVICE_URL = 2400, SERVICE_LOGIN = SETTINGS_TEXT * 2 };

/* One server of a service. Plain data, and unused bytes are zero, so that memcmp can compare two of them. It
 * may contain a password: the caller overwrites it when it is no longer needed. */
struct service_endpoint {
	enum service service;
	char name[SERVICE_NAME]; /* name of the service in log lines and in the status: "HttpFeedback 1" */
	/* "": no server is configured. For a server without HTTPS, which has no URL: host:port. */
	char url[SERVICE_URL];
	char host[DNS_NAME_MAX]; /* "": the URL cannot be used */
	int port, is_address;    /* is_address: the host is an address, not a name */
	int number;    /* SERVICE_FEEDBACK: the slot; SERVICE_NTS: the time server's number; otherwise 0 */
	int json;      /* SERVICE_FEEDBACK: posts are JSON, not XML */
	int verify;    /* 0: a certificate that fails verification is only logged */
	int answer_ms; /* for an answer, once the server has the post */
	struct verify_policy policy;
	char user[SERVICE_LOGIN], password[SERVICE_LOGIN]; /* login for HTTP Basic; user "": there is none */
};

/* Identifies the server. All texts are borrowed for the call; NULL: the value of the settings, or none. */
struct service_request {
	enum service service;
	const char *name;            /* name in log lines; NULL: the service's usual name */
	const char *url;             /* SERVICE_ANY, _DOCUMENTS, _FEEDBACK */
	const char *address, *path;  /* SERVICE_MANAGER: host[:port], and the path of the URL */
	const char *user, *password; /* SERVICE_MANAGER, _DOCUMENTS */
	int number;                  /* as in struct service_endpoint, from 1 */
	int json;                    /* SERVICE_FEEDBACK */
};
/* Fills *ret from the present settings. A user name and password are used for the manager, for the server
 * that the manager names together with them, and for a phone book with the manager's origin (host and port);
 * no other server gets any. */
void service_endpoint(const struct settings *s, const struct service_request *r,
		      struct service_endpoint *ret);

struct service_limits { /* milliseconds; 0: the defaults of net/https.h */
	int connect_ms, total_ms;
	size_t reply_max; /* bytes; 0: the limit of the service's own posts */
};
/* Returns 1 if the service uses HTTPS: connect with service_open; 0: with service_stream. */
int service_is_https(enum service which);
/* Returns the header Content-Type for a post of SERVICE_FEEDBACK. It belongs to the post, since posts that
 * wait may have another format than the slot has now. Static. */
const char *service_feedback_type(int json);
/* Makes an endpoint for posts to the server, with the headers that the service sends in every post. limits
 * NULL: the usual ones. The caller frees *ret with https_endpoint_free. Fails with ERR_INPUT if the URL
 * cannot be used. */
int service_open(struct https *h, const struct service_endpoint *e, const struct service_limits *limits,
		 struct https_endpoint **ret, struct err *err);

/* Returns the options with which a stream to the server is opened; its texts are borrowed from e. */
struct tls_stream_request service_stream(const struct service_endpoint *e);

/* Returns how the server's certificate is verified now: for the trusted date, or, if this server gives the
 * date and it is not known, for the floor. anchors is borrowed. */
struct verify_request service_verify_request(const struct service_endpoint *e, const struct anchors *anchors,
					     struct date *date, int64_t now_ms);

/* Writes the URL of a server as the log may have it (base/redact.h). Returns ret. */
const char *service_shown(const char *url, char ret[SERVICE_URL]);

/* Returns OpenSSL's code of the verdict on the server that sent this reply, or
 * VERIFY_REFUSED_BEFORE_HANDSHAKE; -1: the server was not verified in this call. */
long service_verdict(const struct https_reply *r);

/* Returns the options for the DNS servers; their texts are borrowed from the settings. */
struct dns_options service_name_servers(const struct settings *s);
/* Returns the policy with which certificates of the service's servers are verified. slot: of
 * SERVICE_FEEDBACK; 0: a server that is no slot's yet. */
struct verify_policy service_policy(const struct settings *s, enum service which, int slot);
/* The same for a service by its name there; SETTINGS_TRUST_FEEDBACK: of no slot. */
struct verify_policy service_policy_named(const struct settings *s, enum settings_trust_service name);
/* Returns the roots that Security Trust Service n allows, all other items apart; its `service` is the
 * Name. */
struct allowed_roots service_allowed(const struct settings *s, unsigned n);
/* Writes the service's name in log lines and in the status, with the number behind it (0: none). */
void service_write_name(enum service which, int number, char ret[SERVICE_NAME]);
/* Returns 1 if a server of this service whose certificate fails verification is refused; 0 if that is only
 * logged. */
int service_verifies(const struct settings *s, enum service which);
/* Returns the setting that decides this: "HttpFeedback TlsVerify". Static. */
const char *service_verify_setting(enum service which);
/* Returns the service with this name in log lines and in the status ("HttpFeedback 1"); SERVICE_ANY: there is
 * none. */
enum service service_named(const char *name);

#endif
