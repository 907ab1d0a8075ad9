/* SPDX-License-Identifier: MIT */
/* constraints: name constraints: the names for which a CA may issue certificates (RFC 5280, 4.2.1.10).
 * Private to trust. */
#ifndef TRUST_CONSTRAINTS_H
#define TRUST_CONSTRAINTS_H

#include "findings.h"

/* Checks the form of the constraints in at->cert itself. */
void constraints_check_form(const struct check_at *at);
/* Compares every name of at->cert with the constraints of ca. *work counts comparisons of a whole
 * verification; beyond a limit the chain is refused. */
void constraints_check(const struct check_at *at, const struct cert *ca, size_t *work);
/* Returns 1 if the constraints of a CA contain URIs. */
int constraints_hold_uris(const struct cert *ca);
/* Returns 1 if the certificate has a URI of which OpenSSL would read another part as the host: one with a
 * user, a query, or a colon in its path. */
int constraints_uri_misread(const struct cert *c);

#endif
