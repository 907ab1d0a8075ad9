/* SPDX-License-Identifier: MIT */
/* find: finds the nodes of typed paths, whose words may be abbreviated, and explains why nothing was
 * found. */
#include "doc/doc_path.h"

#include "base/mem.h"
#include "base/text.h"
#include "steps.h"
#include "doc_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAMES_SEEN = 2000 };

struct finder {
	const struct doc_path *path;
	enum doc_words how;
	/* from this step on (after "//") an abbreviation stands for all names that begin with it */
	size_t searching;
	void (*fn)(void *arg, const struct doc *d);
	void *arg;
	int count;
	const struct doc *lost_at; /* the node below which the last word that was reached was not found */
	size_t lost;
	struct err *e;
};

static int begins(const char *name, const char *word)
{
	return !strncasecmp(name, word, strlen(word));
}

static int ambiguous(const struct finder *f, const struct doc *d, const char *word)
{
	char list[300] = "";
	size_t len = 0;
	const char *last = "";
	for (const struct doc *c = d->first; c && len < sizeof list - DOC_NAME_MAX; c = c->next)
		if (begins(c->name, word) && strcmp(c->name, last)) {
			last = c->name;
			len += (size_t)snprintf(list + len, sizeof list - len, "%s%.63s", len ? ", " : "",
						last);
		}
	return err_set(f->e, ERR_INPUT, 0, "\"%s\" is ambiguous: it may be %s", word, list);
}

/* Finds the child of d whose name the word means; *ret is NULL if there is none. */
static int resolve(const struct finder *f, const struct doc *d, const char *word, const char **ret)
{
	const char *found = NULL;
	int several = 0;
	for (const struct doc *c = d->first; c; c = c->next) {
		if (!begins(c->name, word))
			continue;
		if (!c->name[strlen(word)]) {
			*ret = c->name;
			return 0;
		}
		several |= found && strcmp(found, c->name);
		found = c->name;
	}
	if (several && f->how == DOC_ABBREVIATED)
		return ambiguous(f, d, word);
	*ret = f->how == DOC_ABBREVIATED ? found : NULL;
	return 0;
}

static int name_fits(const struct finder *f, size_t i, const char *resolved, const char *name)
{
	const char *word = f->path->steps[i].name;
	if (word[0] == '*')
		return 1;
	if (i < f->searching)
		return resolved && !strcasecmp(name, resolved);
	return f->how == DOC_EXACT ? !strcasecmp(name, word) : begins(name, word);
}

static int find_below(struct finder *f, const struct doc *d, uint32_t set, unsigned depth)
{
	const struct doc_path *p = f->path;
	const char *resolved[DOC_STEPS_MAX] = { NULL };
	uint32_t used = 0;
	for (size_t i = 0; i < p->n && i < f->searching; i++)
		if (set & steps_bit(i) && resolve(f, d, p->steps[i].name, &resolved[i]))
			return -1;
	for (const struct doc *c = d->first; c; c = c->next) {
		uint32_t next = 0;
		for (size_t i = 0; i < p->n; i++) {
			if (!(set & steps_bit(i)))
				continue;
			uint32_t after = name_fits(f, i, resolved[i], c->name) ? steps_after(p, i, c) : 0;
			used |= after ? steps_bit(i) : 0;
			next |= after | (p->steps[i].any_depth ? steps_bit(i) : 0);
		}
		if (next & steps_bit(p->n)) {
			f->count++;
			f->fn(f->arg, c);
		} else if (next && depth < DOC_DEPTH_MAX && find_below(f, c, next, depth + 1)) {
			return -1;
		}
	}
	for (size_t i = 0; i < p->n; i++)
		if (set & ~used & steps_bit(i) && (!f->lost_at || i >= f->lost)) {
			f->lost = i;
			f->lost_at = d;
		}
	return 0;
}

/* Returns the error's code, which is higher the more words were found, and higher with a suggestion. A caller
 * that searches several documents shows the error with the highest code. */
static long how_far(const struct finder *f, int has_hint)
{
	return 2 * (long)f->lost + has_hint;
}

/* Sets the error for an item that is not in the list; it lists the existing items. */
static int no_such_item(const struct finder *f, const char *name)
{
	const struct doc_step *s = &f->path->steps[f->lost];
	uint32_t low = UINT32_MAX, high = 0;
	for (const struct doc *c = f->lost_at->first; c; c = c->next) {
		if (strcmp(c->name, name))
			continue;
		low = tree_place(c) < low ? tree_place(c) : low;
		high = tree_place(c) > high ? tree_place(c) : high;
	}
	if (low == high)
		return err_set(f->e, ERR_NOTFOUND, how_far(f, 1),
			       "no %s %" PRIu32 ": there is %" PRIu32 " only", name, s->item, low);
	return err_set(f->e, ERR_NOTFOUND, how_far(f, 1),
		       "no %s %" PRIu32 ": there are %" PRIu32 " to %" PRIu32, name, s->item, low, high);
}

/* Compares at most *left names, to limit the time that a suggestion takes. */
static void see_names(struct text_nearest *near, const struct doc *d, int any_depth, unsigned *left)
{
	for (const struct doc *c = d->first; c && *left; c = c->next) {
		--*left;
		text_nearest_see(near, c->name);
		if (any_depth)
			see_names(near, c, any_depth, left);
	}
}

static int not_found(const struct finder *f)
{
	const struct doc_step *s = &f->path->steps[f->lost];
	const struct doc *at = f->lost_at;
	struct text_nearest near = text_nearest_to(s->name);
	for (const struct doc *c = at->first; s->item && c; c = c->next)
		if (begins(c->name, s->name))
			return no_such_item(f, c->name);
	unsigned left = NAMES_SEEN;
	see_names(&near, at, s->any_depth, &left);
	struct buf where;
	buf_init(&where, 200);
	if (at->parent)
		doc_path_of(at, &where);
	else
		buf_adds(&where, at->name);
	const char *place = buf_str(&where);
	err_set(f->e, ERR_NOTFOUND, how_far(f, *near.best != '\0'), "no \"%s\" %s %s%s", s->name,
		s->any_depth ? "anywhere in" : "in", place + (*place == '/'), near.hint);
	buf_done(&where);
	return -1;
}

int doc_find(const struct doc *root, const struct doc_path *p, enum doc_words how,
	     void (*fn)(void *arg, const struct doc *d), void *arg, struct err *e)
{
	struct finder f = { .path = p, .how = how, .searching = p->n, .fn = fn, .arg = arg, .e = e };
	for (size_t i = p->n; i-- > 0;)
		if (p->steps[i].any_depth)
			f.searching = i;
	if (!p->n) {
		fn(arg, root);
		return 1;
	}
	if (find_below(&f, root, steps_bit(0), 0))
		return -1;
	return f.count ? f.count : not_found(&f);
}

static int is_same_name(const struct doc *a, const struct doc *b)
{
	return a && b && strcmp(a->name, b->name) == 0;
}

/* Returns the copy of d with the children that the step may select; after "//" or "*" with all. Of the items
 * of a list that the path does not select, only the first and the last are copied, without children, so that
 * the error for a missing item can name them. */
static struct doc *sparse(const struct doc *d, const struct doc_path *p, size_t step)
{
	const struct doc_step *s = &p->steps[step];
	if (step == p->n || s->any_depth || s->name[0] == '*')
		return doc_copy(d);
	struct doc *copy = tree_shallow(d);
	for (const struct doc *c = d->first, *before = NULL; c; before = c, c = c->next) {
		if (!begins(c->name, s->name))
			continue;
		if (!s->item || s->item == tree_place(c))
			doc_adopt(copy, sparse(c, p, step + 1));
		else if (!is_same_name(before, c) || !is_same_name(c, c->next))
			doc_adopt(copy, tree_shallow(c));
	}
	return copy;
}

struct doc *doc_path_sparse(const struct doc *root, const struct doc_path *p)
{
	return sparse(root, p, 0);
}

/* Copies of the nodes that are found, below copies of their ancestors; it keeps track of the ancestors of the
 * last one. */
struct collection {
	struct doc *copy; /* copy of the root */
	size_t depth;
	const struct doc *from[DOC_DEPTH_MAX + 2];
	struct doc *to[DOC_DEPTH_MAX + 2];
};

static void collect(void *arg, const struct doc *d)
{
	struct collection *c = arg;
	if (d == c->from[0]) {
		doc_free(c->copy);
		c->copy = doc_copy(d);
		return;
	}
	const struct doc *line[DOC_DEPTH_MAX + 2];
	size_t n = 0;
	for (const struct doc *up = d->parent; up != c->from[0]; up = up->parent)
		line[n++] = up;
	size_t shared = 0;
	while (shared < n && shared < c->depth && c->from[shared + 1] == line[n - 1 - shared])
		shared++;
	for (size_t i = shared; i < n; i++) {
		c->from[i + 1] = line[n - 1 - i];
		c->to[i + 1] = tree_shallow(line[n - 1 - i]);
		doc_adopt(c->to[i], c->to[i + 1]);
	}
	c->depth = n;
	doc_adopt(c->to[n], doc_copy(d));
}

struct doc *doc_path_subset(const struct doc *root, const struct doc_path *p, enum doc_words how,
			    struct err *e)
{
	struct collection c = { .copy = tree_shallow(root), .from = { root } };
	c.to[0] = c.copy;
	if (doc_find(root, p, how, collect, &c, e) < 0) {
		doc_free(c.copy);
		return NULL;
	}
	return c.copy;
}
