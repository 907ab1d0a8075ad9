/* SPDX-License-Identifier: MIT */
/* verdicts: keeps the last verdict on the certificate of each service's server. */
#ifndef AGENT_VERDICTS_H
#define AGENT_VERDICTS_H

#include "agent/agent.h"
#include "agent/cutoffs.h"
#include "base/episode.h"
#include "net/dns.h"
#include "trust/verify.h"

enum { VERDICTS_MAX = 16 };

struct verdicts_seen {
	char service[48], host[DNS_NAME_MAX];
	struct episode episode; /* decides whether the same verdict is logged again */
	long code;              /* OpenSSL's number; 0: trusted */
	int enforced;           /* 1: verification was On */
	/* as in struct verdict: the validity of the certificate in the chain that expires first, and until
	 * when the verdict holds; Unix seconds, 0: the chain was refused */
	int64_t certificate_from, certificate_until, valid_until;
	/* when the first of an unbroken series of good verdicts was given; 0: the last verdict was not
	 * good */
	int64_t good_since;
	/* the certificates that the server sent at its last handshake, if it was accepted (trusted, or
	 * verification was Off); otherwise NULL */
	struct verify_chain *chain;
	/* cutoffs.c: the code with which that chain would be refused now; 0: it would be accepted */
	long cut_off;
	char list[CUTOFF_LIST]; /* as struct cutoff has it */
	int is_cut_off_now;     /* 1: the last change has cut the server off */
	char back[CUTOFF_BACK]; /* what takes that change back, as struct cutoff has it */
};
/* Returns the verdict with this number, from 1; NULL after the last one. Borrowed until the next turn of the
 * loop. */
const struct verdicts_seen *verdicts_at(const struct agent *a, unsigned item);
/* Replaces the certificates of the service's last handshake, if that was with this host, by a copy of those
 * that its server sends now, so that cutoffs.h verifies these. */
void verdicts_learn_chain(struct agent *a, const char *service, const char *host,
			  const struct verify_chain *chain);
/* Logs the verdict on a server about which a person asked; it is not kept as the verdict of a service. A
 * callback for https_options; arg is not used. */
void verdicts_log(void *arg, const struct verdict *v, const struct verdict_context *c);

#endif
