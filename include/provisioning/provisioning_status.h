/* SPDX-License-Identifier: MIT */
/* provisioning_status: the leaves of the Status document about the external manager. */
#ifndef PROVISIONING_PROVISIONING_STATUS_H
#define PROVISIONING_PROVISIONING_STATUS_H

#include "status/status.h"

/* arg of the readers: the struct provisioning */
extern const struct status_row provisioning_status_rows[];

#endif
