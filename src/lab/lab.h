/* SPDX-License-Identifier: MIT */
/* lab: runs a simulated network on loopback: date, certificate authority, DNS, NTP and the management server,
 * in one event loop. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "base/err.h"
#include "base/version.h"
#include "site.h"

#include <stdint.h>

/* Runs until the order "stop" or a signal arrives. */
int lab_run(const struct lab_options *o, struct err *e);

enum { LAB_LIBRARIES = 4 };
/* Fills the row of each library. */
void lab_libraries(struct version_library ret[LAB_LIBRARIES]);

#endif
