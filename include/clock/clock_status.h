/* SPDX-License-Identifier: MIT */
/* clock_status: the leaves of the Status document that tell of the date and of the time servers. */
#ifndef CLOCK_CLOCK_STATUS_H
#define CLOCK_CLOCK_STATUS_H

#include "status/status.h"

extern const struct status_row clock_status_rows[]; /* arg of the readers: the struct clock */

#endif
