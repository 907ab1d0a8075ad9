/* SPDX-License-Identifier: MIT */
/* fitness: whether what is uploaded would ever pass verification, by the verification's own checks. Private
 * to trust. */
#ifndef TRUST_FITNESS_H
#define TRUST_FITNESS_H

#include "base/buf.h"
#include "x509/crl.h"

/* Each returns 0 when nothing hinders; else -1, and why holds all reasons as one phrase. now 0: dates are not
 * looked at. */

/* As a root or intermediate for every host. A self-signed certificate that is no CA is fit when it can be a
 * server by itself: then hosts (may be NULL) tells the names that it carries, and else it stays empty. */
int fitness_anchor(struct cert *c, int64_t now, struct buf *why, struct buf *hosts);
/* As the server's own certificate, or a CA above it, for this host alone. */
int fitness_pin(struct cert *c, const char *host, int64_t now, struct buf *why);
/* As this device's own certificate, whatever for. */
int fitness_own(struct cert *c, int64_t now, struct buf *why);
/* The same, shown to a server that asks for a client's certificate. */
int fitness_client(struct cert *c, struct buf *why);
/* A revocation list, under Revocation Mode Hard. */
int fitness_list(struct crl *l, int64_t now, struct buf *why);

#endif
