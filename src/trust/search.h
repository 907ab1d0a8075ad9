/* SPDX-License-Identifier: MIT */
/* search: the state of the search for a path of certificates: the candidates, the rules, the current path,
 * and results of checks. Private to trust. */
#ifndef TRUST_SEARCH_H
#define TRUST_SEARCH_H

#include "certstore/anchors.h"
#include "checks.h"

enum { SENT_MAX = 64, CANDIDATES_MAX = SENT_MAX + ANCHORS_MAX, LINKS_MAX = 256 };

/* Certificates, each issued by the next one. */
struct path {
	size_t n;
	int at[VERIFY_PATH_MAX]; /* numbers of candidates; at[0] is the server's own certificate: 0 */
	int anchored;            /* 1: it ends at an anchor */
	/* 1: the path is only the server's own certificate: it is self-signed and was uploaded without a pin,
	 * and is trusted for the names in it. anchored is 1, too. */
	int uploaded_leaf;
};

struct search {
	const struct anchors *anchors;
	struct cert *const *sent; /* [0] is the server's own certificate */
	size_t n_sent;
	const char *host;
	struct rules rules;
	int pins_alone; /* 1: the host is trusted by its pins alone: roots do not count */
	/* for each anchor 1 if it is a root that the policy does not allow */
	unsigned char not_allowed[ANCHORS_MAX];
	/* not_allowed, of this search or the one that it is a part of: these roots are treated as if they
	 * were not loaded; NULL: every root is allowed. Borrowed */
	const unsigned char *barred;
	int nested; /* above 0: the signer of a revocation list is being searched for, at this depth */

	struct path path; /* the path that was found */

	/* Kept results, and counts of the work that was done (steps: issuers tried; work: names compared). */
	/* whether the candidate passes, as a CA, the checks that need no other certificate: 1 yes, -1 no, 0
	 * not checked yet */
	signed char fit[CANDIDATES_MAX];
	/* number of certificates between the candidate and the nearest anchor, according to names only */
	unsigned char far[CANDIDATES_MAX];
	struct link {
		short child, issuer;
		int good; /* 1: the issuer's key made the child's signature */
	} links[LINKS_MAX];
	size_t n_links, steps, work;
	int gave_up; /* 1: a limit of the search was reached */
	/* the first nextUpdate of the revocation lists that were used; 0: none was used */
	int64_t lists_until;
};

/* Returns the candidate with this number: first the sent certificates, then the anchors. Borrowed. */
struct cert *search_cert(const struct search *s, int number);

#endif
