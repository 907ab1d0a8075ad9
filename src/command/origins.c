/* SPDX-License-Identifier: MIT */
#include "origins.h"

#include "base/mem.h"
#include "base/text.h"
#include "command/command_set.h"
#include "doc/doc_path.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- finding the settings --- */

enum { TARGETS_MAX = 64 };

struct targets {
	struct doc_path paths[TARGETS_MAX];
	const struct doc_path *list[TARGETS_MAX];
	size_t n;
};

static void add_target(void *arg, long number)
{
	struct targets *t = arg;
	size_t n;
	char path[ORIGINS_PATH];
	const struct settings_alias *alias = &settings_aliases(&n)[number];
	if (t->n < TARGETS_MAX && tree_plain(alias->row, path, sizeof path) == 0 &&
	    doc_path_parse(path, &t->paths[t->n], NULL) == 0 &&
	    doc_path_under(&t->paths[t->n], "Configuration") == 0) {
		t->list[t->n] = &t->paths[t->n];
		t->n++;
	}
}

/* Returns the settings of a group that has another name on an older system. */
static struct doc *select_older(struct command *c, const struct doc *all, const char *path)
{
	struct targets *t = mem_new(sizeof *t);
	tree_find(c->set->aliases, path, add_target, t, NULL);
	struct doc *found = t->n ? doc_select(all, t->list, t->n) : NULL;
	free(t);
	return found;
}

static struct doc *select_from(struct command *c, const struct doc *all, const char *path, struct err *e)
{
	struct doc_path p;
	char canonical[ORIGINS_PATH];
	if (doc_path_parse(path, &p, e) < 0)
		return NULL;
	doc_path_below(&p, all->name);
	struct doc *found = doc_path_subset(all, &p, DOC_ABBREVIATED, e);
	if (found || e->kind != ERR_NOTFOUND)
		return found;
	if (settings_lookup(path, canonical, sizeof canonical, NULL) &&
	    doc_path_parse(canonical, &p, NULL) == 0)
		found = doc_path_subset(all, &p, DOC_EXACT, NULL);
	return found ? found : select_older(c, all, path);
}

struct doc *origins_select(struct command *c, const char *path, struct err *e)
{
	struct doc *all = agent_configuration(command_agent(c));
	struct doc *found = select_from(c, all, path, e);
	doc_free(all);
	return found;
}

/* --- the origins of their values --- */

static size_t count_leaves(const struct doc *d)
{
	size_t n = 0;
	for (const struct doc *k = d->first; k; k = k->next)
		n += k->first ? count_leaves(k) : 1;
	return n;
}

static void list_leaves(struct command *c, struct doc *d, struct origins_item *items, size_t *n)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	for (struct doc *k = d->first; k; k = k->next) {
		struct origins_item *i = &items[*n];
		if (k->first) {
			list_leaves(c, k, items, n);
			continue;
		}
		i->leaf = k;
		if (!settings_find_leaf(k, found, NULL))
			continue;
		i->row = found[0].row;
		snprintf(i->path, sizeof i->path, "%s", found[0].path);
		i->n = settings_sources(agent_settings(command_agent(c)), i->path, i->sources, NULL);
		i->is_from_system = strcmp(k->value ? k->value : "", i->sources[0].value) != 0;
		i->hides_urls = command_hides_urls(c);
		++*n;
	}
}

struct origins_item *origins_list(struct command *c, struct doc *selected, size_t *ret_n)
{
	struct origins_item *items = mem_array(count_leaves(selected) + 1, sizeof *items);
	*ret_n = 0;
	list_leaves(c, selected, items, ret_n);
	return items;
}

/* Returns the word for the origin of the present value: "Terminal", "System" ... */
static const char *word(const struct origins_item *i)
{
	return i->is_from_system ? "System" : settings_origin_word(i->sources[0].origin);
}

/* Returns the value from the files if a value from the terminal or the manager hides it. NULL: none is
 * hidden. */
static const struct settings_source *hidden(const struct origins_item *i)
{
	return i->n > 1 && i->sources[1].origin == SETTINGS_FROM_FILE ? &i->sources[1] : NULL;
}

enum { SHOWN = 8192 };

/* Returns a value of the setting as the caller may see it. */
static const char *shown(const struct origins_item *i, const char *value, char ret[SHOWN])
{
	if (!i->hides_urls)
		return value;
	settings_show(i->row, value, ret, SHOWN);
	return ret;
}

static const char *present(const struct origins_item *i, char ret[SHOWN])
{
	return shown(i, i->leaf->value ? i->leaf->value : "", ret);
}

static void add_value(const struct settings_row *row, const char *value, struct buf *out)
{
	if (row->value.kind == SCHEMA_STRING)
		text_quote(value, out);
	else
		buf_adds(out, value);
}

static void add_origin(const struct origins_item *i, struct buf *out)
{
	const struct settings_source *s = &i->sources[0];
	if (i->is_from_system) {
		buf_adds(out, "set by the operating system");
		return;
	}
	switch (s->origin) {
	case SETTINGS_FROM_DEFAULT:
		if (s->inherits)
			buf_addf(out, "as %s", s->inherits);
		else
			buf_adds(out, "the default");
		break;
	case SETTINGS_FROM_FILE: buf_addf(out, "from %s:%u", s->file, s->line); break;
	case SETTINGS_FROM_UNKNOWN: buf_adds(out, "set at the terminal or by the manager"); break;
	case SETTINGS_FROM_TERMINAL: buf_adds(out, "set at the terminal"); break;
	case SETTINGS_FROM_MANAGER: buf_adds(out, "set by the manager"); break;
	}
}

void origins_describe(const struct origins_item *i, struct buf *out)
{
	const struct settings_source *other = hidden(i);
	char text[SHOWN];
	add_value(i->row, present(i, text), out);
	buf_adds(out, ", ");
	add_origin(i, out);
	if (!other)
		return;
	buf_adds(out, "; it hides ");
	add_value(i->row, shown(i, other->value, text), out);
	buf_addf(out, " of %s:%u", other->file, other->line);
}

static void set_source(struct doc *leaf, const char *name, const struct settings_source *s)
{
	struct buf text;
	buf_init(&text, 8192);
	buf_addf(&text, "%s:%u", s->file, s->line);
	doc_set_attr(leaf, name, buf_str(&text));
	buf_done(&text);
}

void origins_set_attributes(const struct origins_item *i)
{
	const struct settings_source *other = hidden(i);
	char text[SHOWN];
	doc_set_attr(i->leaf, "origin", word(i));
	if (!i->is_from_system && i->sources[0].file)
		set_source(i->leaf, "source", &i->sources[0]);
	if (other) {
		doc_set_attr(i->leaf, "hides", shown(i, other->value, text));
		set_source(i->leaf, "hidesSource", other);
	}
}

static void put_place(struct doc *to, const struct settings_source *s)
{
	doc_add_value(to, "File", DOC_STRING, s->file);
	doc_add_int(to, "Line", s->line);
}

struct doc *origins_put(const struct origins_item *i, struct doc *result, size_t number)
{
	const struct settings_source *s = &i->sources[0], *other = hidden(i);
	enum doc_type type = i->leaf->type;
	char text[SHOWN];
	struct doc *d = doc_add(result, "Setting", (uint32_t)number);
	d->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(d, "Path", DOC_STRING, i->path);
	doc_add_value(d, "Value", type, present(i, text));
	doc_add_value(d, "Origin", DOC_LITERAL, word(i));
	if (!i->is_from_system && s->file)
		put_place(d, s);
	doc_add_value(d, "Default", type, i->sources[i->n - 1].value);
	if (i->sources[i->n - 1].inherits)
		doc_add_value(d, "Inherits", DOC_STRING, i->sources[i->n - 1].inherits);
	if (other) {
		struct doc *h = doc_add(d, "Hides", 0);
		doc_add_value(h, "Value", type, shown(i, other->value, text));
		put_place(h, other);
	}
	return d;
}
