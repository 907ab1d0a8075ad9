/* SPDX-License-Identifier: MIT */
/* How paths walk: a set of steps, one bit each, goes down the tree. Bit i stands for "step i may be the next
 * to match", bit n for "all have matched". So a walk visits each node once, whatever wildcards there are. */
#ifndef DOC_STEPS_H
#define DOC_STEPS_H

#include "doc/path.h"

_Static_assert(DOC_STEPS_MAX < 32, "a set of steps must fit 32 bits");

static inline uint32_t steps_bit(size_t i)
{
	return (uint32_t)1 << i;
}

/* Those that may come next below d, given that the name of step i fits d: none if its item does not. */
uint32_t steps_after(const struct doc_path *p, size_t i, const struct doc *d);
/* Those that may come next below d, given the set of those that may match d itself. */
uint32_t steps_next(const struct doc_path *p, uint32_t set, const struct doc *d);

#endif
