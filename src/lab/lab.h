/* SPDX-License-Identifier: MIT */
/* lab: runs a simulated network on loopback: date, certificate authority, DNS, NTP and the management server,
 * in one event loop. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "base/err.h"
#include "site.h"

#include <stdint.h>

/* Runs until the order "stop" or a signal comes. */
int lab_run(const struct lab_options *o, struct err *e);

#endif
