/* SPDX-License-Identifier: MIT */
/* verdicts: the last verdict on the certificate of each service's server. */
#ifndef AGENT_VERDICTS_H
#define AGENT_VERDICTS_H

#include "agent/agent.h"
#include "base/episode.h"
#include "net/dns.h"
#include "trust/verify.h"

enum { VERDICTS_MAX = 8 };

struct verdicts_seen {
	char service[48], host[DNS_NAME_MAX];
	struct episode episode;          /* how often it was logged */
	long code;                       /* OpenSSL's number; 0: trusted */
	int enforced;                    /* verification was On */
	int64_t valid_from, valid_until; /* of what ends first in its chain, in Unix seconds; 0: refused */
	int64_t good_since; /* the first of the good verdicts in a row; 0: the last one was none */
};
/* The item-th of them, from 1; NULL behind the last one. Borrowed until the next turn of the loop. */
const struct verdicts_seen *verdicts_at(const struct agent *a, unsigned item);
/* Logs the verdict on a server that a person asked about; it counts for no service. For https_options; arg
 * is not used. */
void verdicts_log(void *arg, const struct verdict *v, const struct verdict_context *c);

#endif
