/* SPDX-License-Identifier: MIT */
/* polling: asks for the time in rounds. In a round each configured server is asked once, or the kernel's
 * clock is read if none is configured. The answers are offered to the date (date/date.h), and the next round
 * follows after a pause. */
#ifndef CLOCK_POLLING_H
#define CLOCK_POLLING_H

#include "clock_internal.h"

/* Begins a round. It is a timer's function; arg is the clock. */
void polling_begin(void *arg);
/* Cancels the questions of the current round. */
void polling_stop(struct clock *c);
/* The time that a server has for its answer is over: a server whose keys take longer does not keep the others
 * from giving the date. It is a timer's function; arg is the clock. */
void polling_late(void *arg);

#endif
