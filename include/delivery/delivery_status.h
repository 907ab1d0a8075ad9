/* SPDX-License-Identifier: MIT */
/* delivery_status: the leaves of the Status document about feedback slots. */
#ifndef DELIVERY_DELIVERY_STATUS_H
#define DELIVERY_DELIVERY_STATUS_H

#include "status/status.h"

extern const struct status_row delivery_status_rows[]; /* arg of the readers: the struct delivery */

#endif
