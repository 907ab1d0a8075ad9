/* SPDX-License-Identifier: MIT */
/* clock_status: the leaves of the Status document about the date and the time servers. */
#ifndef CLOCK_CLOCK_STATUS_H
#define CLOCK_CLOCK_STATUS_H

#include "status/status.h"

extern const struct status_row clock_status_rows[]; /* arg of the readers: the struct clock */

#endif
