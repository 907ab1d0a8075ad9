/* SPDX-License-Identifier: MIT */
#include "diagnostics/diagnostics_status.h"

static const struct status_row *const tables[] = { confirmation_status_rows, expiry_status_rows,
						   messages_status_rows, readiness_status_rows };

const struct status_row *diagnostics_status_row(size_t i)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct status_row *row = tables[t]; row->path; row++)
			if (i-- == 0)
				return row;
	return NULL;
}
