/* SPDX-License-Identifier: MIT */
/* steps: matches paths with a tree. During the descent in the tree, a set has one bit for each step: bit i
 * means "step i may match next", bit n means "all steps have matched". So each node is visited only once,
 * even if the path has wildcards. */
#ifndef DOC_STEPS_H
#define DOC_STEPS_H

#include "doc/doc_path.h"

_Static_assert(DOC_STEPS_MAX < 32, "a set of steps must fit 32 bits");

static inline uint32_t steps_bit(size_t i)
{
	return (uint32_t)1 << i;
}

/* Returns the steps that may match below d, given that the name of step i matches d; none if the item of step
 * i does not. */
uint32_t steps_after(const struct doc_path *p, size_t i, const struct doc *d);

#endif
