/* SPDX-License-Identifier: MIT */
/* search: what is known while a path of certificates is looked for: the candidates, the rules, the path so
 * far, and what was worked out already. Private to trust. */
#ifndef TRUST_SEARCH_H
#define TRUST_SEARCH_H

#include "certstore/anchors.h"
#include "checks.h"

enum { SENT_MAX = 64, CANDIDATES_MAX = SENT_MAX + ANCHORS_MAX, LINKS_MAX = 256 };

/* Certificates, each issued by the next one. */
struct path {
	size_t n;
	int at[VERIFY_PATH_MAX]; /* numbers of candidates; at[0] is the server's own certificate: 0 */
	int anchored;            /* it ends at an anchor */
	/* The server's own certificate is self-signed and was uploaded without a pin: it is trusted for the
	 * names that it carries. */
	int by_itself;
};

struct search {
	const struct anchors *anchors;
	struct cert *const *sent; /* [0] is the server's own certificate */
	size_t n_sent;
	const char *host;
	struct rules rules;
	int nested; /* above 0: the signer of a revocation list is looked for, at this depth */

	struct path path; /* the answer */

	/* What was worked out already, and how much work that was. */
	signed char fit[CANDIDATES_MAX]; /* whether the candidate by itself may be a CA: 0 not asked, 1, -1 */
	unsigned char far[CANDIDATES_MAX]; /* by names, the number of certificates up to the nearest anchor */
	struct link {
		short child, issuer;
		int good; /* the issuer's key made the child's signature */
	} links[LINKS_MAX];
	size_t n_links, steps, work;
	int gave_up;         /* a bound was reached */
	int64_t lists_until; /* when the first revocation list relied upon ends; 0: there is none */
};

/* A candidate by its number: first come those that were sent, then the anchors. Borrowed. */
struct cert *search_cert(const struct search *s, int number);

#endif
