/* SPDX-License-Identifier: MIT */
/* journal: one log line in the native protocol of systemd's journal, whose fields programs can ask for. */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include "base/buf.h"

struct journal_field {
	const char *name;  /* upper-case letters and underscores */
	const char *value; /* NULL: the field is left out. A line end in it becomes a blank. */
};
/* Appends the fields as the datagram that the journal reads: a line NAME=value each. */
void journal_write(const struct journal_field *fields, size_t n, struct buf *out);

#endif
