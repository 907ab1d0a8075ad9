/* SPDX-License-Identifier: MIT */
/* diagnose: what both files of a diagnosis know of it. */
#ifndef DIAGNOSTICS_CONNECTION_INTERNAL_H
#define DIAGNOSTICS_CONNECTION_INTERNAL_H

#include "diagnostics/connection.h"
#include "service/service.h"
#include "net/reach.h"
#include "internal.h"

enum connection_outcome { CONNECTION_PASS, CONNECTION_FAIL, CONNECTION_SKIP };

struct connection_target { /* the service as its settings describe it */
	struct service_endpoint endpoint;
	int slot;
	int is_set;             /* 0: trouble and hint say what is missing */
	struct https_url parts; /* of the URL */
	const char *hint;
	struct err trouble;
};

/* What the settings say of it. */
void connection_target_take(const struct agent_components *a, const struct connection_request *r,
			    struct connection_target *ret);
/* A peer of the service's server, as the service itself makes it, but for the length of its answers. */
int connection_open(struct https *h, const struct connection_target *t, struct https_endpoint **ret,
		    struct err *e);
/* The harmless document that the service itself might post: 0, or -1: there is none. header may stay NULL. */
int connection_body(const struct agent_components *a, const struct connection_target *t, struct buf *body,
		    const char **header);
/* What an answer means to the service, *e ERR_NONE: all is well. What a manager asks for in it is carried
 * out, as after any event. */
void connection_answer(const struct agent_components *a, const struct connection_target *t,
		       const struct https_reply *reply, char *ret, size_t size, struct err *e);

#endif
