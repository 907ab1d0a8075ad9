/* SPDX-License-Identifier: MIT */
/* merge: merges and compares documents. Siblings are compared in order of name and item, whatever their order
 * in the document. */
#include "doc/doc.h"

#include "base/mem.h"
#include "doc_tree.h"

#include <stdlib.h>
#include <string.h>

static int in_order(const struct doc *d)
{
	for (const struct doc *c = d->first; c && c->next; c = c->next)
		if (tree_order(c, c->next) > 0)
			return 0;
	return 1;
}

struct place {
	struct doc *d;
	size_t nth; /* equal nodes are in this order: the index before sorting, of the node or of its group */
	size_t own; /* the node's own index, where nth is that of its group */
};

static int compare(const void *a, const void *b)
{
	const struct place *pa = a, *pb = b;
	int order = tree_order(pa->d, pb->d);
	return order ? order : (pa->nth > pb->nth) - (pa->nth < pb->nth);
}

/* A sorted list of a node's children; the node itself is not changed. */
struct kids {
	struct doc **v;
	size_t n;
	struct doc *few[32]; /* v points here, or to the heap when there are more */
};

static void list_kids(struct kids *k, const struct doc *d)
{
	k->n = 0;
	for (const struct doc *c = d->first; c; c = c->next)
		k->n++;
	k->v = k->n <= sizeof k->few / sizeof *k->few ? k->few : mem_array(k->n, sizeof *k->v);
	size_t i = 0;
	for (struct doc *c = d->first; c; c = c->next)
		k->v[i++] = c;
	if (in_order(d))
		return;
	struct place *places = mem_array(k->n, sizeof *places);
	for (i = 0; i < k->n; i++)
		places[i] = (struct place){ k->v[i], i, i };
	qsort(places, k->n, sizeof *places, compare);
	for (i = 0; i < k->n; i++)
		k->v[i] = places[i].d;
	free(places);
}

static void kids_done(struct kids *k)
{
	if (k->v != k->few)
		free(k->v);
}

static int compare_names(const void *a, const void *b)
{
	const struct place *pa = a, *pb = b;
	int order = strcmp(pa->d->name, pb->d->name);
	return order ? order : (pa->nth > pb->nth) - (pa->nth < pb->nth);
}

/* Compares by the index of the first node with the same name, which is in nth here. */
static int compare_groups(const void *a, const void *b)
{
	const struct place *pa = a, *pb = b;
	return pa->nth != pb->nth ? (pa->nth > pb->nth) - (pa->nth < pb->nth)
				  : (pa->own > pb->own) - (pa->own < pb->own);
}

static int names_in_order(const struct doc *d)
{
	for (const struct doc *c = d->first; c && c->next; c = c->next)
		if (strcmp(c->name, c->next->name) > 0)
			return 0;
	return 1;
}

struct doc **tree_grouped(const struct doc *d, size_t *ret_n)
{
	size_t n = 0, i = 0;
	*ret_n = 0;
	if (names_in_order(d))
		return NULL;
	for (const struct doc *c = d->first; c; c = c->next)
		n++;
	struct place *places = mem_array(n, sizeof *places);
	for (struct doc *c = d->first; c; c = c->next, i++)
		places[i] = (struct place){ c, i, i };
	qsort(places, n, sizeof *places, compare_names);
	for (i = 1; i < n; i++)
		if (strcmp(places[i].d->name, places[i - 1].d->name) == 0)
			places[i].nth = places[i - 1].nth;
	qsort(places, n, sizeof *places, compare_groups);
	struct doc **grouped = mem_array(n, sizeof *grouped);
	for (i = 0; i < n; i++)
		grouped[i] = places[i].d;
	free(places);
	*ret_n = n;
	return grouped;
}

/* Sorts the children of d (not those of its children) unless they are in order. */
static void sort(struct doc *d)
{
	if (in_order(d))
		return;
	struct kids kids;
	list_kids(&kids, d);
	d->first = d->last = NULL;
	for (size_t i = 0; i < kids.n; i++)
		tree_insert(d, kids.v[i], d->last);
	kids_done(&kids);
}

static struct doc *leaf_change(const struct doc *news, const char *value)
{
	struct doc *change = tree_shallow(news);
	if (!change->value)
		doc_set_value(change, DOC_STRING, value);
	return change;
}

static struct doc *merge(struct doc *into, const struct doc *news);

/* Adds a child that does not exist yet, by merging it into an empty node, so that its children are in order
 * and without ghosts. Returns the change, or NULL if nothing was added. */
static struct doc *merge_new(struct doc *into, const struct doc *news, struct doc *before)
{
	struct doc *fresh = doc_new(news->name);
	fresh->item = news->item;
	fresh->owner = news->owner;
	tree_insert(into, fresh, before);
	struct doc *change = merge(fresh, news);
	if (!change && !news->first && !news->value)
		return tree_shallow(news); /* adding an empty node is a change, too */
	if (!change)
		doc_free(fresh);
	return change;
}

/* news is a ghost, the mark of an object that was removed: removes the node `gone`. Returns the change. */
static struct doc *remove_for_ghost(struct doc *gone, const struct doc *news, struct doc *before)
{
	tree_remove(gone, before);
	doc_free(gone);
	return tree_shallow(news);
}

/* Merges the children of news into those of `into`; both lists are sorted. Adds the differences to
 * `change`. */
static void merge_children(struct doc *into, const struct doc *news, struct doc *change)
{
	struct kids kids;
	list_kids(&kids, news);
	sort(into);
	struct doc *before = NULL;
	for (size_t i = 0; i < kids.n; i++) {
		const struct doc *n = kids.v[i];
		struct doc *at = before ? before->next : into->first;
		for (; at && tree_order(at, n) < 0; at = at->next)
			before = at;
		int there = at && !tree_order(at, n);
		struct doc *c = NULL;
		if (there)
			c = n->ghost ? remove_for_ghost(at, n, before) : merge(at, n);
		else if (!n->ghost)
			c = merge_new(into, n, before);
		if (c)
			doc_adopt(change, c);
	}
	kids_done(&kids);
}

static void merge_marks(struct doc *into, const struct doc *news)
{
	if (news->max_occurrence) {
		into->max_occurrence = news->max_occurrence;
		into->item = tree_place(news);
	}
	for (const struct doc_attr *a = news->attrs; a; a = a->next)
		doc_set_attr(into, a->name, a->value);
	if (news->attrs)
		into->owner = news->owner;
}

/* Merges news into `into`; returns the change, or NULL if there is none. */
static struct doc *merge(struct doc *into, const struct doc *news)
{
	merge_marks(into, news);
	if (news->value || !news->first) {
		const char *value = news->value ? news->value : into->value ? "" : NULL;
		if (!value || (into->value && !strcmp(into->value, value)))
			return NULL;
		doc_set_value(into, news->value ? news->type : into->type, value);
		into->owner = news->owner;
		return leaf_change(news, value);
	}
	struct doc *change = tree_shallow(news);
	if (into->value)
		doc_set_value(into, DOC_NODE, NULL);
	merge_children(into, news, change);
	if (change->first)
		return change;
	doc_free(change);
	return NULL;
}

struct doc *doc_merge(struct doc *into, const struct doc *news)
{
	return merge(into, news);
}

static struct doc *ghost_of(const struct doc *d)
{
	struct doc *ghost = doc_new(d->name);
	ghost->item = d->item;
	ghost->max_occurrence = d->max_occurrence;
	ghost->ghost = 1;
	return ghost;
}

/* known: the node at the place of n; NULL: there is none. Returns NULL if there is nothing to restore. */
static struct doc *undo_of(const struct doc *known, const struct doc *n)
{
	if (!known)
		return n->ghost ? NULL : ghost_of(n);
	if (n->ghost || n->value || !n->first || known->value)
		return doc_copy(known);
	return doc_merge_undo(known, n);
}

struct doc *doc_merge_undo(const struct doc *into, const struct doc *news)
{
	struct doc *undo = tree_shallow(into);
	struct kids old, kids;
	list_kids(&old, into);
	list_kids(&kids, news);
	for (size_t i = 0, at = 0; i < kids.n; i++) {
		while (at < old.n && tree_order(old.v[at], kids.v[i]) < 0)
			at++;
		int there = at < old.n && !tree_order(old.v[at], kids.v[i]);
		struct doc *d = undo_of(there ? old.v[at] : NULL, kids.v[i]);
		if (d)
			doc_adopt(undo, d);
	}
	kids_done(&old);
	kids_done(&kids);
	return undo;
}

struct doc_size doc_size_of_node(const struct doc *d)
{
	struct doc_size size = { 1, strlen(d->name) + (d->value ? strlen(d->value) : 0) };
	for (const struct doc_attr *a = d->attrs; a; a = a->next) {
		size.nodes++;
		size.bytes += strlen(a->name) + strlen(a->value);
	}
	return size;
}

static void grow_by(struct doc_size *to, size_t nodes, size_t now, size_t before)
{
	to->nodes += nodes;
	to->bytes += now > before ? now - before : 0;
}

/* Adds to *ret by how much `into` grows; into NULL: the node does not exist yet. */
static void growth(const struct doc *into, const struct doc *news, struct doc_size *ret)
{
	if (news->ghost)
		return;
	if (!into)
		grow_by(ret, 1, strlen(news->name), 0);
	if (news->value)
		grow_by(ret, 0, strlen(news->value), into && into->value ? strlen(into->value) : 0);
	for (const struct doc_attr *a = news->attrs; a; a = a->next) {
		const char *known = into ? doc_attr(into, a->name) : NULL;
		grow_by(ret, !known, (known ? 0 : strlen(a->name)) + strlen(a->value),
			known ? strlen(known) : 0);
	}
	struct kids old, kids;
	list_kids(&kids, news);
	if (into)
		list_kids(&old, into);
	for (size_t i = 0, at = 0; i < kids.n; i++) {
		while (into && at < old.n && tree_order(old.v[at], kids.v[i]) < 0)
			at++;
		growth(into && at < old.n && !tree_order(old.v[at], kids.v[i]) ? old.v[at] : NULL, kids.v[i],
		       ret);
	}
	if (into)
		kids_done(&old);
	kids_done(&kids);
}

struct doc_size doc_merge_growth(const struct doc *into, const struct doc *news)
{
	struct doc_size ret = { 0, 0 };
	growth(into, news, &ret);
	return ret;
}

static int same_place(const struct doc *a, const struct doc *b)
{
	return a && !tree_order(a, b);
}

/* Adds the change n to the nodes of `into` at the same place, which follow `before`. These may be a ghost, or
 * a node, or a ghost and then a node. */
static void accumulate_child(struct doc *into, const struct doc *n, struct doc *before)
{
	struct doc *at = before ? before->next : into->first;
	struct doc *last = same_place(at, n) && same_place(at->next, n) ? at->next : at;
	if (same_place(last, n) && !last->ghost && !n->ghost && !n->value && !last->value) {
		merge_marks(last, n);
		doc_accumulate(last, n);
		return;
	}
	/* A ghost replaces all nodes at that place; any other node replaces only the node, and not a ghost
	 * before it. */
	for (struct doc *next; same_place(at, n); at = next) {
		next = at->next;
		if (at->ghost && !n->ghost) {
			before = at;
		} else {
			tree_remove(at, before);
			doc_free(at);
		}
	}
	tree_insert(into, doc_copy(n), before);
}

void doc_accumulate(struct doc *into, const struct doc *news)
{
	struct kids kids;
	list_kids(&kids, news);
	sort(into);
	struct doc *before = NULL;
	for (size_t i = 0; i < kids.n; i++) {
		struct doc *at = before ? before->next : into->first;
		for (; at && tree_order(at, kids.v[i]) < 0; at = at->next)
			before = at;
		accumulate_child(into, kids.v[i], before);
	}
	kids_done(&kids);
}

/* Returns the text; <Name/> and <Name></Name> mean the same. */
static const char *text_of(const struct doc *d)
{
	return d->value ? d->value : "";
}

struct doc *doc_diff(const struct doc *a, const struct doc *b)
{
	if (b->value || (a->value && !b->first))
		return !a->first && !strcmp(text_of(a), text_of(b)) ? NULL : leaf_change(b, "");
	struct doc *change = tree_shallow(b);
	struct kids ka, kb;
	list_kids(&ka, a);
	list_kids(&kb, b);
	for (size_t i = 0, j = 0; i < ka.n || j < kb.n;) {
		int order = i == ka.n ? 1 : j == kb.n ? -1 : tree_order(ka.v[i], kb.v[j]);
		struct doc *c = order < 0   ? ghost_of(ka.v[i])
				: order > 0 ? doc_copy(kb.v[j])
					    : doc_diff(ka.v[i], kb.v[j]);
		if (c)
			doc_adopt(change, c);
		i += order <= 0;
		j += order >= 0;
	}
	kids_done(&ka);
	kids_done(&kb);
	if (change->first)
		return change;
	doc_free(change);
	return NULL;
}

int doc_equal(const struct doc *a, const struct doc *b)
{
	if (tree_order(a, b) || !a->ghost != !b->ghost || strcmp(text_of(a), text_of(b)))
		return 0;
	struct kids ka, kb;
	list_kids(&ka, a);
	list_kids(&kb, b);
	int equal = ka.n == kb.n;
	for (size_t i = 0; equal && i < ka.n; i++)
		equal = doc_equal(ka.v[i], kb.v[i]);
	kids_done(&ka);
	kids_done(&kb);
	return equal;
}
