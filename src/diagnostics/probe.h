/* SPDX-License-Identifier: MIT */
/* probe: verifies the certificates of one server with given roots and on a given date. It sends no document
 * to the server. */
#ifndef DIAGNOSTICS_PROBE_H
#define DIAGNOSTICS_PROBE_H

#include "net/https.h"
#include "service/service.h"

struct probe;

struct probe_request {
	struct loop *loop;
	struct dns *dns; /* borrowed, like date and anchors */
	struct date *date;
	const struct anchors *anchors; /* the roots with which the certificates are verified */
	const struct anchors *before;  /* NULL, or a second set of roots with which they are verified, too */
	/* borrowed for the call; its certificates are verified whatever its TlsVerify setting says */
	const struct service_endpoint *endpoint;
	/* 1: the handshake is completed whatever the verdict is, even without a date or roots; this is safe,
	 * since no document is sent */
	int fetches;
	int shows_client; /* 1: finds out whether the server accepts the device's client certificate, too */
	int logs;         /* 1: the verdict is logged, too */
};

struct probe_answer {                     /* borrowed for the callback */
	struct err err;                   /* ERR_NONE: the handshake ended well */
	const struct verdict *verdict;    /* NULL: there was no certificate to verify */
	int client_certificate_requested; /* the server asked for a client certificate */
	int client_certificate_missing;   /* 1: it asked for one, and none was sent */
	int status; /* HTTP status of the server's answer if shows_client was set; 0: none */
	const struct verify_chain *chain; /* the certificates that the server sent; NULL: none */
	/* the verdict with the roots `before` of the request; NULL: there were none, or nothing to verify */
	const struct verdict *before;
	/* the first moment at which verification fails, in Unix seconds; 0: no such moment is known */
	int64_t fails_on;
	const struct verdict *failure; /* the verdict at that moment; NULL if fails_on is 0 */
};

/* Connects and verifies. done(arg, answer) is called once, never before this call has returned, and not after
 * probe_free; done may call probe_free. Fails with ERR_INPUT if the URL cannot be used. */
int probe_start(const struct probe_request *r, void (*done)(void *arg, const struct probe_answer *answer),
		void *arg, struct probe **ret, struct err *e);
/* NULL is allowed. */
void probe_free(struct probe *p);

#endif
