/* SPDX-License-Identifier: MIT */
/* select: finds the parts of a change that paths select. This is done for every event, so nothing is
 * allocated before something is selected. */
#include "doc/doc_path.h"

#include "base/mem.h"
#include "steps.h"
#include "doc_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_any(const struct doc_step *s)
{
	return s->name[0] == '*';
}

uint32_t steps_after(const struct doc_path *p, size_t i, const struct doc *d)
{
	if (p->steps[i].item && p->steps[i].item != tree_place(d))
		return 0;
	uint32_t next = steps_bit(i + 1);
	/* Call/(asterisk)/Status: after the name of a list, the asterisk may stand for its items. */
	if (i + 1 < p->n && is_any(&p->steps[i + 1]) && !p->steps[i + 1].any_depth && doc_is_list(d))
		next |= steps_bit(i + 2);
	return next;
}

/* Returns the steps that may match below d, given the set of those that may match d itself. */
static uint32_t next_steps(const struct doc_path *p, uint32_t set, const struct doc *d)
{
	uint32_t next = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct doc_step *s = &p->steps[i];
		if (!(set & steps_bit(i)))
			continue;
		if (s->any_depth)
			next |= steps_bit(i);
		/* names mostly differ in their first letter, so it is compared before any function is
		 * called */
		if (is_any(s) ||
		    ((s->name[0] | 0x20) == (d->name[0] | 0x20) && !strcasecmp(s->name, d->name)))
			next |= steps_after(p, i, d);
	}
	return next;
}

static int matches(const struct doc_path *p, uint32_t set, const struct doc *d, unsigned depth)
{
	uint32_t next = next_steps(p, set, d);
	if (!next)
		return 0;
	if (d->ghost || next & steps_bit(p->n))
		return 1;
	for (const struct doc *c = depth < DOC_DEPTH_MAX ? d->first : NULL; c; c = c->next)
		if (matches(p, next, c, depth + 1))
			return 1;
	return 0;
}

int doc_path_matches(const struct doc_path *p, const struct doc *change)
{
	return !p->n || matches(p, steps_bit(0), change, 0);
}

struct selection {
	const struct doc_path *const *paths;
	size_t n;
	uint32_t *sets; /* a row of n for each depth */
};

static struct doc *select_below(const struct selection *s, const struct doc *d, unsigned depth)
{
	const uint32_t *set = s->sets + depth * s->n;
	uint32_t *next = s->sets + (depth + 1) * s->n;
	uint32_t any = 0;
	for (size_t k = 0; k < s->n; k++) {
		const struct doc_path *p = s->paths[k];
		next[k] = set[k] ? next_steps(p, set[k], d) : 0;
		if (next[k] & steps_bit(p->n) || (next[k] && d->ghost))
			return doc_copy(d);
		any |= next[k];
	}
	struct doc *found = NULL;
	for (const struct doc *c = any && depth < DOC_DEPTH_MAX ? d->first : NULL; c; c = c->next) {
		struct doc *part = select_below(s, c, depth + 1);
		if (!part)
			continue;
		if (!found)
			found = tree_shallow(d);
		doc_adopt(found, part);
	}
	return found;
}

struct doc *doc_select(const struct doc *root, const struct doc_path *const *paths, size_t n)
{
	uint32_t few[16 * (DOC_DEPTH_MAX + 2)];
	size_t size = n * (DOC_DEPTH_MAX + 2);
	struct selection s = { paths, n,
			       size <= sizeof few / sizeof *few ? few : mem_array(size, sizeof *few) };
	int all = 0;
	for (size_t k = 0; k < n; k++) {
		s.sets[k] = steps_bit(0);
		all |= !paths[k]->n;
	}
	struct doc *found = all ? doc_copy(root) : select_below(&s, root, 0);
	if (s.sets != few)
		free(s.sets);
	return found;
}
