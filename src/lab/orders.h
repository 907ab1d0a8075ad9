/* SPDX-License-Identifier: MIT */
/* orders: what can be asked of a running lab. */
#ifndef LAB_ORDERS_H
#define LAB_ORDERS_H

#include "control.h"

/* arg is the struct lab. */
control_order orders_carry_out;

struct orders_row {
	const char *name, *usage, *help;
};
/* All of them, for help; ends at name NULL. */
const struct orders_row *orders_rows(void);
/* The faults of all parts, as lines for people or one JSON array. Needs no running lab. */
void orders_print_faults(int json, struct buf *out);

#endif
