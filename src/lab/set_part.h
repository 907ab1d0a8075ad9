/* SPDX-License-Identifier: MIT */
/* set_part: the order `set`: what a part of the lab is from now on. */
#ifndef LAB_SET_PART_H
#define LAB_SET_PART_H

#include "base/buf.h"
#include "base/err.h"
#include "fault.h"

#include <stddef.h>

struct lab;

/* A part that can be set. The values that it can have are the rows of faults, the words, or neither. */
struct set_part_row {
	const char *name;
	const struct fault_table *(*faults)(void);
	const char *words; /* with blanks between them */
	int (*set)(struct lab *lab, const char *name, size_t n, char **values, struct err *e);
};
/* The rows of all parts; the list ends at name NULL. */
const struct set_part_row *set_part_rows(void);

/* Are there such a part and such a fault? No running lab is needed. ERR_INPUT, as set_part says it. */
int set_part_check(size_t n, char **words, struct err *e);
/* Carries out "set PART VALUE..."; n words with `set` first. ERR_INPUT suggests names that are similar. Appends
 * to out what somebody should know of the new value. */
int set_part(struct lab *lab, size_t n, char **words, struct buf *out, struct err *e);

#endif
