/* SPDX-License-Identifier: MIT */
/* revocation: is a certificate of the path on a list that its issuer gave out. Private. */
#ifndef TRUST_REVOCATION_H
#define TRUST_REVOCATION_H

#include "x509/crl.h"
#include "findings.h"

struct path;
struct search;

/* Every certificate of an anchored path below its anchor, as the policy says (Off: nothing). */
void revocation_check(struct search *s, const struct path *p, struct findings *to);

/* A list by itself, whoever issued it: its form and its dates. Doubts are told with this weight. */
void revocation_check_list(const struct check_at *at, const struct crl *l, int64_t now, enum weight w);

#endif
