/* SPDX-License-Identifier: MIT */
/* search: the state of the search for a path of certificates: the candidates, the rules, the path so far, and
 * the results of checks. Private to trust. */
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
	/* The path is the server's own certificate alone: it is self-signed and was uploaded without a pin,
	 * and is trusted for the names that it carries. anchored is 1, too. */
	int uploaded_leaf;
};

struct search {
	const struct anchors *anchors;
	struct cert *const *sent; /* [0] is the server's own certificate */
	size_t n_sent;
	const char *host;
	struct rules rules;
	int pins_alone; /* the host is trusted by its pins alone: roots do not count */
	int nested;     /* above 0: the signer of a revocation list is looked for, at this depth */

	struct path path; /* the path that was found */

	/* Results that are kept, and how much work has been done (steps: issuers tried; work: names
	 * compared). */
	/* Whether the candidate passes the checks that need no other certificate, as a CA: 1 yes, -1 no, 0
	 * not checked yet. */
	signed char fit[CANDIDATES_MAX];
	/* How many certificates lie between the candidate and the nearest anchor, going by names alone. */
	unsigned char far[CANDIDATES_MAX];
	struct link {
		short child, issuer;
		int good; /* the issuer's key made the child's signature */
	} links[LINKS_MAX];
	size_t n_links, steps, work;
	int gave_up; /* a limit of the search was reached */
	/* the first nextUpdate of the revocation lists that were used; 0: none was used */
	int64_t lists_until;
};

/* Returns the candidate with this number: first come the certificates that were sent, then the anchors.
 * Borrowed. */
struct cert *search_cert(const struct search *s, int number);

#endif
