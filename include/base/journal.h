/* SPDX-License-Identifier: MIT */
/* journal: writes a log line in the native protocol of systemd's journal, in which programs can search for
 * the fields. */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include "base/buf.h"

struct journal_field {
	const char *name;  /* upper-case letters and underscores */
	const char *value; /* NULL: the field is left out. Line ends in it become blanks. */
};
/* Appends the fields as the datagram that the journal reads: one line NAME=value for each. */
void journal_write(const struct journal_field *fields, size_t n, struct buf *out);

#endif
