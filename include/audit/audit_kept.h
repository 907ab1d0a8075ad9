/* SPDX-License-Identifier: MIT */
/* audit_kept: keeps the last audit lines, in memory and in two files. When the newer file has AUDIT_KEPT_MAX
 * lines, it replaces the older one, and a new file is begun. */
#ifndef AUDIT_AUDIT_KEPT_H
#define AUDIT_AUDIT_KEPT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { AUDIT_KEPT_MAX = 1000 };
/* One kept line. text is borrowed until the next line is written. */
struct audit_line {
	uint64_t number; /* rises by 1 with each line; a number that is missing was lost */
	int64_t at;      /* Unix seconds */
	/* 1: at is the trusted date; 0: it is the time of the system's clock, since no date was trusted */
	int is_trusted;
	const char *text;
};

struct audit_kept;
/* Reads the lines in the folder; incomplete lines are left out. If a file cannot be read, *e says why, and
 * the other file is read all the same; otherwise *e is not changed. */
struct audit_kept *audit_kept_open(const char *folder, struct err *e);
void audit_kept_free(struct audit_kept *k);
/* Appends a line to memory and file, and gives it the next number. Returns -1 if it could not be written to
 * the file. */
int audit_kept_add(struct audit_kept *k, const struct audit_line *line, struct err *e);
/* Fills ret with a line: back 0 is the newest, 1 the one before. Returns 0; -1: there are no more. */
int audit_kept_at(const struct audit_kept *k, size_t back, struct audit_line *ret);
/* Parses one line of a file, without its line end: "12 2026-11-29T21:50:00Z trusted text". text points into
 * line. Returns 0; -1 if it is not such a line. */
int audit_kept_parse(const char *line, struct audit_line *ret);

#endif
