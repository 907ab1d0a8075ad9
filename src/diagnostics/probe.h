/* SPDX-License-Identifier: MIT */
/* probe: verifies the certificates of one server against given roots and on a given date, and sends nothing
 * to it. */
#ifndef DIAGNOSTICS_PROBE_H
#define DIAGNOSTICS_PROBE_H

#include "net/https.h"
#include "service/service.h"

struct probe;

struct probe_request {
	struct loop *loop;
	struct dns *dns; /* borrowed, like date and anchors */
	struct date *date;
	const struct anchors *anchors;    /* the certificates are verified by these */
	const struct anchors *before;     /* NULL, or: verify by these, too */
	struct service_endpoint endpoint; /* verified whatever its setting says */
	/* 1: the handshake goes on whatever the verdict is, and without a date and roots, too; it trusts
	 * nothing and sends nothing */
	int fetches;
	int shows_client;             /* 1: finds out what the server says of a client certificate, too */
	https_on_verdict *on_verdict; /* called with each verdict; NULL: only done reports it */
	void *on_verdict_arg;
};

struct probe_answer {                     /* borrowed for the callback */
	struct err err;                   /* ERR_NONE: the handshake ended well */
	const struct verdict *verdict;    /* NULL: there was no certificate to verify */
	int client_certificate_requested; /* the server asked for a client certificate */
	int client_certificate_missing;   /* and none was sent */
	int status;                       /* shows_client: of its answer; 0: none */
	const struct verify_chain *chain; /* what the server sent; NULL: nothing */
	const struct verdict *before;     /* by the other roots; NULL as the verdict, or if not wanted */
	/* The first moment on which verification fails, in Unix seconds; 0: none is in sight. */
	int64_t fails_on;
	const struct verdict *failure; /* the verdict on that date; NULL: there is none */
};

/* Connects and verifies. done(arg, answer) is called once, never before this call has returned, and not after
 * probe_free; done may call probe_free. Fails with ERR_INPUT if the URL cannot be used. */
int probe_start(const struct probe_request *r, void (*done)(void *arg, const struct probe_answer *answer),
		void *arg, struct probe **ret, struct err *e);
/* NULL is allowed. */
void probe_free(struct probe *p);

#endif
