/* SPDX-License-Identifier: MIT */
/* path: looks for a chain from the server's certificate to an anchor, among the certificates sent and
 * uploaded. Private. */
#ifndef TRUST_PATH_H
#define TRUST_PATH_H

#include "checks.h"
#include "certstore/anchors.h"

enum { SENT_MAX = 64, CANDIDATES_MAX = SENT_MAX + ANCHORS_MAX, LINKS_MAX = 256 };

struct path {
	size_t n;
	int at[VERIFY_PATH_MAX]; /* numbers of candidates, [0] is the server's own: 0 */
	int anchored;
	/* the server's self-signed certificate, uploaded without a pin: trusted for the names it carries */
	int by_itself;
};

struct search {
	const struct anchors *anchors;
	struct cert *const *sent;
	size_t n_sent;
	const char *host;
	struct rules rules;
	int nested; /* looks for the signer of a revocation list, at this depth */

	struct path path; /* the answer */

	/* What was worked out already, and how much. */
	signed char fit[CANDIDATES_MAX]; /* by itself a usable CA: 0 not asked, 1, -1 */
	unsigned char far
		[CANDIDATES_MAX]; /* by names, how many certificates lie between it and the nearest anchor */
	struct link {
		short child, issuer;
		int good;
	} links[LINKS_MAX];
	size_t n_links, steps, work;
	int gave_up;
	int64_t lists_until; /* when the first list relied upon runs out; 0: none was */
};

/* The candidates: first those sent, then those uploaded. */
struct cert *path_cert(const struct search *s, int number);
/* Depth first, within bounds: 1 if a path to an anchor passes every check above the server's own
 * certificate. */
int path_find(struct search *s);
/* None does: the path that tells most about why. */
void path_guess(struct search *s);
/* Every check of s->path above the server's own certificate. */
void path_check(struct search *s, struct findings *to);

#endif
