/* SPDX-License-Identifier: MIT */
/* policies: finds the certificate policies that are valid for a whole path (RFC 5280, 6.1). Private to
 * trust. */
#ifndef TRUST_POLICIES_H
#define TRUST_POLICIES_H

#include "search.h"

/* Checks that a path which requires a policy has one that is valid from its root to the server's
 * certificate. */
void policies_check(struct search *s, const struct path *p, struct findings *to);

#endif
