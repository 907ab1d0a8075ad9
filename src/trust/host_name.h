/* SPDX-License-Identifier: MIT */
/* host_name: checks the form of a certificate's names, and whether one of them is the requested host. */
#ifndef TRUST_HOST_NAME_H
#define TRUST_HOST_NAME_H

#include "checks.h"

/* Checks the names of at->cert, which is the server's own certificate, and compares them with host. host NULL
 * or "": only their form is checked. */
enum verify_name host_name_check(const struct check_at *at, const struct rules *r, const char *host);
/* Returns 1 if a wildcard of the certificate matches the host, and no complete name in it does. */
int host_name_only_by_wildcard(const struct cert *c, const char *host);

#endif
