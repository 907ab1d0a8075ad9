/* SPDX-License-Identifier: MIT */
#include "doc/doc.h"

#include "base/mem.h"
#include "doc_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct doc *node_new(const char *name, size_t len)
{
	/* the name is stored after the node, in the same allocation */
	struct doc *d = mem_new(sizeof *d + len + 1);
	d->name = memcpy((char *)(d + 1), name, len);
	return d;
}

struct doc *doc_new(const char *name)
{
	return node_new(name, strlen(name));
}

static void free_children(struct doc *d)
{
	for (struct doc *c = d->first, *next; c; c = next) {
		next = c->next;
		c->parent = NULL;
		doc_free(c);
	}
	d->first = d->last = NULL;
}

void doc_free(struct doc *d)
{
	if (!d)
		return;
	if (d->parent)
		doc_detach(d);
	free_children(d);
	for (struct doc_attr *a = d->attrs, *next; a; a = next) {
		next = a->next;
		free(a->name);
		free(a->value);
		free(a);
	}
	free(d->value);
	free(d);
}

void doc_wipe(struct doc *d)
{
	if (d && d->value)
		explicit_bzero(d->value, strlen(d->value));
	for (struct doc *c = d ? d->first : NULL; c; c = c->next)
		doc_wipe(c);
}

void tree_insert(struct doc *parent, struct doc *child, struct doc *before)
{
	struct doc **at = before ? &before->next : &parent->first;
	child->parent = parent;
	child->next = *at;
	*at = child;
	if (!child->next)
		parent->last = child;
}

void tree_remove(struct doc *child, struct doc *before)
{
	struct doc *parent = child->parent;
	*(before ? &before->next : &parent->first) = child->next;
	if (parent->last == child)
		parent->last = before;
	child->parent = child->next = NULL;
}

void doc_adopt(struct doc *parent, struct doc *child)
{
	tree_insert(parent, child, parent->last);
}

void doc_detach(struct doc *d)
{
	if (!d->parent)
		return;
	struct doc *before = NULL;
	for (struct doc *c = d->parent->first; c != d; c = c->next)
		before = c;
	tree_remove(d, before);
}

struct doc *doc_add(struct doc *parent, const char *name, uint32_t item)
{
	struct doc *d = doc_new(name);
	d->item = item;
	doc_adopt(parent, d);
	return d;
}

struct doc *doc_add_value(struct doc *parent, const char *name, enum doc_type type, const char *value)
{
	struct doc *d = doc_add(parent, name, 0);
	doc_set_value(d, type, value);
	return d;
}

void doc_add_text(struct doc *parent, const char *name, const char *text)
{
	if (*text)
		doc_add_value(parent, name, DOC_STRING, text);
}

struct doc *doc_add_int(struct doc *parent, const char *name, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	return doc_add_value(parent, name, DOC_INTEGER, text);
}

void doc_set_value(struct doc *d, enum doc_type type, const char *value)
{
	char *copy = mem_dup(value); /* copied before anything is freed, since value may belong to d */
	free_children(d);
	free(d->value);
	d->value = copy;
	d->type = copy ? type : DOC_NODE;
}

void doc_set_attr(struct doc *d, const char *name, const char *value)
{
	struct doc_attr **at = &d->attrs;
	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	char *copy = mem_dup(value);
	if (!*at) {
		*at = mem_new(sizeof **at);
		(*at)->name = mem_dup(name);
	}
	free((*at)->value);
	(*at)->value = copy;
}

const char *doc_attr(const struct doc *d, const char *name)
{
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		if (!strcmp(a->name, name))
			return a->value;
	return NULL;
}

struct doc *tree_shallow(const struct doc *d)
{
	struct doc *copy = doc_new(d->name);
	copy->value = mem_dup(d->value);
	copy->type = d->type;
	copy->item = d->item;
	copy->max_occurrence = d->max_occurrence;
	copy->ghost = d->ghost;
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		doc_set_attr(copy, a->name, a->value);
	return copy;
}

struct doc *doc_copy(const struct doc *d)
{
	struct doc *copy = tree_shallow(d);
	for (const struct doc *c = d->first; c; c = c->next)
		doc_adopt(copy, doc_copy(c));
	return copy;
}

uint32_t tree_place(const struct doc *d)
{
	return d->item ? d->item : 1;
}

int doc_is_list(const struct doc *d)
{
	return d->max_occurrence || d->item > 1;
}

int tree_order(const struct doc *a, const struct doc *b)
{
	int order = strcmp(a->name, b->name);
	return order ? order : (tree_place(a) > tree_place(b)) - (tree_place(a) < tree_place(b));
}

/* One step of a well-formed path, "Server[2]". read_step moves *path past it and the following slash. */
struct step {
	const char *name;
	size_t len;
	uint32_t item;
};

static int next_step(const char **path, struct step *ret)
{
	const char *s = *path;
	ret->name = s;
	ret->len = strcspn(s, "[/");
	ret->item = 0;
	s += ret->len;
	if (*s == '[') {
		ret->item = (uint32_t)strtoul(s + 1, NULL, 10);
		s += strcspn(s, "/");
	}
	*path = s + (*s == '/');
	return ret->len > 0;
}

static struct doc *child_at(const struct doc *d, const struct step *s)
{
	for (struct doc *c = d->first; c; c = c->next)
		if (!strncmp(c->name, s->name, s->len) && !c->name[s->len] &&
		    (!s->item || tree_place(c) == s->item))
			return c;
	return NULL;
}

struct doc *doc_child(const struct doc *d, const char *name, uint32_t item)
{
	return child_at(d, &(struct step){ name, strlen(name), item });
}

struct doc *doc_get(const struct doc *d, const char *path)
{
	struct doc *at = NULL;
	for (struct step s; next_step(&path, &s); d = at)
		if (!(at = child_at(d, &s)))
			return NULL;
	return at;
}

const char *doc_text(const struct doc *d, const char *path, const char *fallback)
{
	const struct doc *at = doc_get(d, path);
	return at && at->value ? at->value : fallback;
}

struct doc *doc_make(struct doc *d, const char *path)
{
	for (struct step s; next_step(&path, &s);) {
		struct doc *c = child_at(d, &s);
		if (!c) {
			c = node_new(s.name, s.len);
			c->item = s.item;
			c->max_occurrence = s.item ? DOC_UNBOUNDED : 0;
			struct doc *before = NULL;
			for (struct doc *n = d->first; n && tree_order(n, c) < 0; n = n->next)
				before = n;
			tree_insert(d, c, before);
		}
		d = c;
	}
	return d;
}

size_t doc_count(const struct doc *d)
{
	size_t n = 1;
	for (const struct doc *c = d->first; c; c = c->next)
		n += doc_count(c);
	return n;
}

void doc_path_of(const struct doc *d, struct buf *out)
{
	if (d->parent)
		doc_path_of(d->parent, out);
	buf_addf(out, "/%s", d->name);
	if (doc_is_list(d))
		buf_addf(out, "[%" PRIu32 "]", tree_place(d));
}
