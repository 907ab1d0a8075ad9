/* SPDX-License-Identifier: MIT */
/* fitness: whether something that is uploaded would ever pass verification, by the verification's own checks.
 * The certificate store is opened with them. */
#ifndef TRUST_FITNESS_H
#define TRUST_FITNESS_H

#include "certstore/anchors.h"

/* The answers to what the store asks, by the rules of profile Guide. Static. */
const struct anchors_checks *fitness_checks(void);

#endif
