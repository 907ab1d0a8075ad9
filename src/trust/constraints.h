/* SPDX-License-Identifier: MIT */
/* constraints: the names that a CA may issue for (RFC 5280, 4.2.1.10). Private. */
#ifndef TRUST_CONSTRAINTS_H
#define TRUST_CONSTRAINTS_H

#include "findings.h"

/* How the constraints of at->cert itself are written. */
void constraints_check_form(const struct check_at *at);
/* Holds every name of at->cert against the constraints of ca. *work counts comparisons over a whole
 * judgement; beyond a ceiling the chain is refused. */
void constraints_check(const struct check_at *at, const struct cert *ca, size_t *work);
/* Whether the constraints of a CA speak of URIs. */
int constraints_hold_uris(const struct cert *ca);
/* Whether the certificate names a URI in which OpenSSL takes something else for the host: one with a user,
 * a query, or a colon in its path. */
int constraints_uri_misread(const struct cert *c);

#endif
