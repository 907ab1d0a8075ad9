/* SPDX-License-Identifier: MIT */
/* logging_status: the leaves of the Status document about the log server. */
#ifndef LOGGING_LOGGING_STATUS_H
#define LOGGING_LOGGING_STATUS_H

#include "status/status.h"

extern const struct status_row logging_status_rows[]; /* arg of the readers: the struct logging */

#endif
