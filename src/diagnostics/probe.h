/* SPDX-License-Identifier: MIT */
/* probe: one server's certificates, judged; nothing is sent to it. By other roots or on another day than the
 * agent's, if wanted. */
#ifndef DIAGNOSTICS_PROBE_H
#define DIAGNOSTICS_PROBE_H

#include "net/https.h"
#include "service/service.h"

struct probe;

struct probe_request {
	struct loop *loop;
	struct dns *dns; /* borrowed, like date and anchors */
	struct date *date;
	const struct anchors *anchors;    /* by which the handshake is judged */
	const struct anchors *before;     /* NULL, or: judge by these, too */
	struct service_endpoint endpoint; /* verified whatever its setting says */
	https_on_verdict *on_verdict;     /* NULL: nobody hears of the verdict but done */
	void *on_verdict_arg;
};

struct probe_answer {                  /* borrowed for the callback */
	struct err err;                /* ERR_NONE: the handshake ended well */
	const struct verdict *verdict; /* NULL: none was judged */
	const struct verdict *before;  /* by the other roots; NULL as the verdict, or if not wanted */
	int64_t fails_on; /* the first day, from the date used, on which it is refused; 0: none in sight */
	const struct verdict *failure; /* that day's verdict; NULL if none */
};

/* done(arg, answer) once, never before the call returned, unless freed before; the probe may be freed in it.
 * ERR_INPUT. */
int probe_start(const struct probe_request *r, void (*done)(void *arg, const struct probe_answer *answer),
		void *arg, struct probe **ret, struct err *e);
/* NULL is fine. */
void probe_free(struct probe *p);

#endif
