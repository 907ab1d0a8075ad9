/* SPDX-License-Identifier: MIT */
#include "base/journal.h"

void journal_write(const struct journal_field *fields, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!fields[i].value)
			continue;
		buf_addf(out, "%s=", fields[i].name);
		for (const char *s = fields[i].value; *s; s++)
			buf_addc(out, *s == '\n' ? ' ' : *s);
		buf_addc(out, '\n');
	}
}
