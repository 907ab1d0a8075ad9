/* SPDX-License-Identifier: MIT */
/* connection_internal: what connection.c, connection_certificates.c and connection_service.c share. */
#ifndef DIAGNOSTICS_CONNECTION_INTERNAL_H
#define DIAGNOSTICS_CONNECTION_INTERNAL_H

#include "delivery/webhook.h"
#include "diagnostics/connection.h"
#include "service/service.h"
#include "net/reach.h"
#include "connection_report.h"
#include "probe.h"
#include "diagnostics_internal.h"

struct connection_target { /* the server: of the service, as configured, or that of the request */
	struct service_endpoint endpoint;
	int is_set; /* 0: no server is configured; trouble and hint tell which setting is missing */
	const char *hint;
	struct err trouble;
};

/* Fills the target from the request, and the settings of the service that it names. */
void connection_target_take(const struct agent_components *a, const struct connection_request *r,
			    struct connection_target *ret);
/* Says in ret how many roots are loaded, and how many of them the service may trust. Returns their number;
 * 0 if the server cannot be trusted because of that. */
size_t connection_roots(const struct agent_components *a, const struct connection_target *t, char *ret,
			size_t size);
/* Makes an endpoint for posts to the server with the same options as the service, but with a higher maximum
 * size of answers. */
int connection_open(struct https *h, const struct connection_target *t, struct https_endpoint **ret,
		    struct err *e);
struct connection_post {
	struct buf body; /* set up by the caller */
	const char *headers[1 + WEBHOOK_HEADERS];
	size_t n_headers;
	struct webhook webhook; /* headers of a post to a feedback server */
};
/* Writes a harmless document that the service itself might post, and its headers. Returns 0, or -1 if the
 * service has none. */
int connection_write(const struct agent_components *a, const struct connection_target *t,
		     struct connection_post *ret);
/* Interprets an answer as the service does; e->kind is ERR_NONE if the answer is good. If the external
 * manager's answer contains instructions, they are carried out, as after any event. */
void connection_answer(const struct agent_components *a, const struct connection_target *t,
		       const struct https_reply *reply, char *ret, size_t size, struct err *e);

/* The host and the policy with which certificates were verified. */
struct connection_certificates {
	const char *host; /* borrowed */
	struct verify_policy policy;
};
/* Adds a step for each kind of check. If the chain is not complete, its upper part could not be checked. */
void connection_certificates_put(struct connection_report *r, const struct connection_certificates *c,
				 const struct verdict *v);

#endif
