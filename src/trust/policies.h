/* SPDX-License-Identifier: MIT */
/* policies: what certificates say of the policies that they were issued by. Private. */
#ifndef TRUST_POLICIES_H
#define TRUST_POLICIES_H

#include "path.h"

/* One certificate's extensions (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11). */
void policies_check_cert(const struct check_at *at);
/* Those of a whole path (6.1). */
void policies_check(struct search *s, const struct path *p, struct findings *to);

#endif
