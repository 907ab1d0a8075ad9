/* SPDX-License-Identifier: MIT */
/* set_part: the order `set`, which changes a part of the lab. */
#ifndef LAB_SET_PART_H
#define LAB_SET_PART_H

#include "base/buf.h"
#include "base/err.h"
#include "fault.h"

#include <stddef.h>

struct lab;

/* A part that can be set. Its possible values are the rows of `faults`, or the words, or any. */
struct set_part_row {
	const char *name;
	const struct fault_table *(*faults)(void);
	const char *words; /* separated by blanks */
	int (*set)(struct lab *lab, const char *name, size_t n, char **values, struct err *e);
};
/* The rows of all parts; the list ends at name NULL. */
const struct set_part_row *set_part_rows(void);

/* Checks that the part and its fault exist, without a running lab. Fails with ERR_INPUT, like set_part. */
int set_part_check(size_t n, char **words, struct err *e);
/* Carries out "set PART VALUE..."; `set` is the first of the n words. Fails with ERR_INPUT, with suggestions
 * of similar names. Appends remarks about the new value to out. */
int set_part(struct lab *lab, size_t n, char **words, struct buf *out, struct err *e);

#endif
