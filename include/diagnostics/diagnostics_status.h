/* SPDX-License-Identifier: MIT */
/* diagnostics_status: the leaves of the Status document that diagnostics adds. */
#ifndef DIAGNOSTICS_DIAGNOSTICS_STATUS_H
#define DIAGNOSTICS_DIAGNOSTICS_STATUS_H

#include "status/status.h"

/* The argument of the readers is the struct diagnostics, and the struct confirmation for
 * confirmation_status_rows. */
extern const struct status_row confirmation_status_rows[], expiry_status_rows[], messages_status_rows[],
	readiness_status_rows[];
/* Returns the i-th of all these rows; NULL after the last one. */
const struct status_row *diagnostics_status_row(size_t i);

#endif
