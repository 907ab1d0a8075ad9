/* SPDX-License-Identifier: MIT */
/* orders: the orders that a running lab carries out. */
#ifndef LAB_ORDERS_H
#define LAB_ORDERS_H

#include "lab_control.h"

struct lab;

/* Carries out the order that words[0] names; arg is the struct lab. */
control_order orders_carry_out;

/* One order: its name, its arguments and its help for --help, and the function that carries it out. The
 * function gets all n words of the order, its name first, and appends its answer to out. */
struct orders_row {
	const char *name, *usage, *help;
	enum control_next (*carry_out)(struct lab *lab, size_t n, char **words, struct buf *out);
};
/* Returns the rows of all orders, for help; the list ends at name NULL. */
const struct orders_row *orders_rows(void);
/* Checks the words of an order without a running lab: the order's name, the options of orders that show
 * something, and for `set` the names of the part and of its fault. Returns 0; -1 with ERR_INPUT, with
 * suggestions of similar names. */
int orders_check(size_t n, char **words, struct err *e);
/* Prints the faults of all parts, as lines for people or as one JSON array. No running lab is needed. */
void orders_print_faults(int json, struct buf *out);

#endif
