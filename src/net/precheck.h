/* SPDX-License-Identifier: MIT */
/* precheck: checks the conditions for opening a socket to a server whose certificate is verified. Private to
 * net. */
#ifndef NET_PRECHECK_H
#define NET_PRECHECK_H

#include "base/err.h"
#include "certstore/anchors.h"
#include "date/date.h"
#include "trust/allowed.h"

#include <stdint.h>

struct precheck {
	const char *host;
	int is_address; /* the host is an address literal */
	/* LEARNED: this server gives the date */
	enum { PRECHECK_DATE_NEEDED, PRECHECK_DATE_LEARNED } date_rule;
	const struct date *date;
	int64_t now_ms; /* monotonic clock */
	const struct anchors *anchors;
	const struct allowed_roots *allowed;
};

struct precheck_refusal {
	const char *why, *hint; /* what is missing, and what to do about it; static */
	struct err err;
};

/* Returns 0 if the socket may be opened; -1: *ret says why not. */
int precheck(const struct precheck *p, struct precheck_refusal *ret);

#endif
