/* SPDX-License-Identifier: MIT */
/* connection_internal: what connection.c and connection_service.c share. */
#ifndef DIAGNOSTICS_CONNECTION_INTERNAL_H
#define DIAGNOSTICS_CONNECTION_INTERNAL_H

#include "diagnostics/connection.h"
#include "service/service.h"
#include "net/reach.h"
#include "internal.h"

enum connection_outcome { CONNECTION_PASS, CONNECTION_FAIL, CONNECTION_SKIP };

struct connection_target { /* the service's server by the settings */
	struct service_endpoint endpoint;
	int slot;
	int is_set;             /* 0: trouble and hint say what is missing */
	struct https_url parts; /* of the URL */
	const char *hint;
	struct err trouble;
};

/* Describes the server by the settings. */
void connection_target_take(const struct agent_components *a, const struct connection_request *r,
			    struct connection_target *ret);
/* Prepares posts to the server as the service itself does, but takes longer answers. */
int connection_open(struct https *h, const struct connection_target *t, struct https_endpoint **ret,
		    struct err *e);
/* Writes a harmless document that the service itself might post. 0; -1: it has none. *header may stay
 * NULL. */
int connection_body(const struct agent_components *a, const struct connection_target *t, struct buf *body,
		    const char **header);
/* What an answer means to the service; *e is ERR_NONE if all is well. What a manager asks for in its
 * answer is carried out, as after any event. */
void connection_answer(const struct agent_components *a, const struct connection_target *t,
		       const struct https_reply *reply, char *ret, size_t size, struct err *e);

#endif
