/* SPDX-License-Identifier: MIT */
/* polling: rounds of questions. In a round each configured server is asked once, or, where none is
 * configured, the kernel; what they say is offered to the date (date/date.h), and the next round comes after
 * a while. */
#ifndef CLOCK_POLLING_H
#define CLOCK_POLLING_H

#include "internal.h"

/* Begins a round. A timer's function; arg is the clock. */
void polling_begin(void *arg);
/* Gives up the questions of the round that is under way. */
void polling_stop(struct clock *c);

#endif
