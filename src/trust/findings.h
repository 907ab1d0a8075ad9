/* SPDX-License-Identifier: MIT */
/* findings: where every check puts what it found. Private to trust. */
#ifndef TRUST_FINDINGS_H
#define TRUST_FINDINGS_H

#include "x509/cert.h"
#include "trust/verify.h"

/* REFUSE refuses in each profile; STRICT refuses in the strict one and is a note in the guide's; NOTE only
 * tells. */
enum weight { REFUSE, STRICT, NOTE };

struct findings {
	struct verdict *v; /* NULL: nobody reads them, only count */
	enum verify_profile profile;
	size_t refusals;
	/* explains all that is wrong with the server's certificate, instead of other hints; NULL */
	const char *leaf_hint;
};

/* Of which certificate a check speaks. */
struct check_at {
	struct findings *to;
	const struct cert *cert; /* NULL: of the chain as a whole */
	int depth;
};

struct failed {
	long code;
	enum weight weight;
	const char *wanted, *found; /* NULL: nothing to say */
	const char *hint;           /* NULL: the table's */
};

void findings_add(const struct check_at *at, const struct failed *what);
#define FAILED(at, ...) findings_add(at, &(struct failed){ __VA_ARGS__ })

/* Sorts refusals first, the most telling first of all, and fills the verdict's code, subject and depth from
 * them. */
void findings_settle(struct findings *f);

#endif
