/* SPDX-License-Identifier: MIT */
/* fitness: checks whether an uploaded certificate or list can ever pass verification, with the checks of
 * verification itself. The certificate store calls these checks. */
#ifndef TRUST_FITNESS_H
#define TRUST_FITNESS_H

#include "certstore/anchors.h"
#include "trust/verify.h"
#include "x509/cert.h"

/* Returns the checks for the certificate store, with the rules of profile Guide. Static. */
const struct anchors_checks *fitness_checks(void);

/* Returns 0 if c, which is no CA's, could be used for this purpose on this date; otherwise -1, and why gets
 * all reasons as one phrase. */
int fitness_for(const struct cert *c, enum verify_purpose purpose, int64_t now_unix, struct buf *why);

#endif
