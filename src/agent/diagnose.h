/* SPDX-License-Identifier: MIT */
/* diagnose: what both files of a diagnosis know of it. */
#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include "agent/diagnose.h"
#include "provisioning/manager_server.h"
#include "net/reach.h"
#include "parts.h"

enum diagnose_outcome { DIAGNOSE_PASS, DIAGNOSE_FAIL, DIAGNOSE_SKIP };

struct diagnose_target { /* the service as its settings describe it */
	enum agent_service service;
	int slot;
	int is_set; /* 0: trouble and hint say what is wanting */
	struct service_rules rules;
	char name[48], url[STORE_URL];
	struct https_url parts;
	const char *hint;
	struct err trouble;
};

/* What the settings say of it. */
void diagnose_target_take(struct agent *a, const struct agent_diagnosis_request *r,
			  struct diagnose_target *ret);
/* The peer, as the service itself makes it. */
int diagnose_peer(struct agent *a, const struct diagnose_target *t, struct https *h, struct https_peer **ret,
		  struct err *e);
/* The harmless document that the service itself might post: 0, or -1: there is none. header may stay NULL. */
int diagnose_body(struct agent *a, const struct diagnose_target *t, struct buf *body, const char **header);
/* What an answer means to the service, *e ERR_NONE: all is well. What a manager asks for in it is carried
 * out, as after any event. */
void diagnose_answer(struct agent *a, const struct diagnose_target *t, const struct https_reply *reply,
		     char *ret, size_t size, struct err *e);

#endif
