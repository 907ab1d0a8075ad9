/* SPDX-License-Identifier: MIT */
/* host_name: checks how a certificate's names are written, and whether one of them is the host that was asked
 * for. */
#ifndef TRUST_HOST_NAME_H
#define TRUST_HOST_NAME_H

#include "checks.h"

/* Checks the names of at->cert, which is the server's own certificate, and compares them with host. host NULL
 * or "": only how they are written is checked. */
enum verify_name host_name_check(const struct check_at *at, const struct rules *r, const char *host);
/* 1 if a wildcard of the certificate stands for the host, and no name that is written out in it does. */
int host_name_only_by_wildcard(const struct cert *c, const char *host);

#endif
