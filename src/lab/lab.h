/* SPDX-License-Identifier: MIT */
/* lab: the whole private world: date, certificate authority, DNS, NTP and the management server, in one event
 * loop. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "base/err.h"
#include "site.h"

#include <stdint.h>

/* Runs until it is told to stop. */
int lab_run(const struct lab_options *o, struct err *e);

#endif
