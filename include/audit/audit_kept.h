/* SPDX-License-Identifier: MIT */
/* audit_kept: the last audit lines, in memory and in two files, of which the older one is dropped when the
 * newer one has AUDIT_KEPT_MAX lines. */
#ifndef AUDIT_AUDIT_KEPT_H
#define AUDIT_AUDIT_KEPT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { AUDIT_KEPT_MAX = 1000 };
/* One of the last lines. text is borrowed until the next line is written. */
struct audit_line {
	uint64_t number; /* rising by 1; a line that is missing was lost */
	int64_t at;      /* Unix seconds */
	int is_trusted;  /* at is the trusted date; 0: of the system's clock, since no date was trusted */
	const char *text;
};

struct audit_kept;
/* Reads the lines in the folder; lines that are not whole are left out. If a file cannot be read, *e says
 * why, and the lines of the other one are there all the same; otherwise *e is not touched. */
struct audit_kept *audit_kept_open(const char *folder, struct err *e);
void audit_kept_free(struct audit_kept *k);
/* Appends a line to memory and file; its number is set here. -1: it could not be written to the file. */
int audit_kept_add(struct audit_kept *k, const struct audit_line *line, struct err *e);
/* Fills the back-th of the last lines, 0 for the newest. Returns 0; -1: there are no more. */
int audit_kept_at(const struct audit_kept *k, size_t back, struct audit_line *ret);
/* Reads one line of a file, without its end: "12 2026-11-29T21:50:00Z trusted text". text points into line.
 * Returns 0; -1: it is none. */
int audit_kept_parse(const char *line, struct audit_line *ret);

#endif
