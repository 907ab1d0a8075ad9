/* SPDX-License-Identifier: MIT */
/* document: the verb xDocument. It answers with one JSON document (wire-formats.md 4.1) that describes all
 * settings, commands and status values, or has their current values. Programs generate types from it, as the
 * vendor's JavaScript client does. */
#include "doc/doc_path.h"
#include "help.h"
#include "tree.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "runs.h"

#include "base/json.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum root { CONFIGURATION, STATUS, COMMAND, EVENT, ROOTS };
static const char *const root_names[] = { "Configuration", "Status", "Command", "Event", NULL };

struct writer {
	enum root root;
	/* path below the root; only nodes on the path and below it are written */
	const struct doc_path *path;
	struct buf *out;
};

/* Separates a member of an object, or an item of a list, from the one before it. */
static void separate(struct buf *out)
{
	if (out->len && !strchr("{[", out->data[out->len - 1]))
		buf_addc(out, ',');
}

static void text_member(struct buf *out, const char *name, const char *text)
{
	separate(out);
	buf_addf(out, "\"%s\":\"", name);
	json_write_escaped(text, out);
	buf_addc(out, '"');
}

static void space(const struct schema_value *v, const char *array, struct buf *out)
{
	static const char *const kinds[] = { "String", "Integer", "Literal" };
	char word[96];
	separate(out);
	buf_addf(out, "\"ValueSpace\":{\"type\":\"%s%s\"", kinds[v->kind], array);
	if (v->kind == SCHEMA_STRING)
		buf_addf(out, ",\"MinLength\":\"%" PRId64 "\",\"MaxLength\":\"%" PRId64 "\"", v->min, v->max);
	else if (v->kind == SCHEMA_INTEGER)
		buf_addf(out, ",\"Min\":\"%" PRId64 "\",\"Max\":\"%" PRId64 "\"", v->min, v->max);
	else
		buf_adds(out, ",\"Value\":[");
	for (size_t i = 0; v->kind == SCHEMA_LITERAL && schema_value_literal_at(v, i, word, sizeof word) == 0;
	     i++) {
		buf_adds(out, i ? ",\"" : "\"");
		json_write_escaped(word, out);
		buf_addc(out, '"');
	}
	buf_adds(out, v->kind == SCHEMA_LITERAL ? "]}" : "}");
}

/* --- leaves --- */

static void setting(const struct settings_row *row, struct buf *out)
{
	space(&row->value, "", out);
	text_member(out, "access", "public-api");
	text_member(out, "default", row->value.flags & SCHEMA_SECRET ? "" : row->default_text);
	text_member(out, "description", row->help);
	text_member(out, "role", "Admin");
}

static void status_leaf(const struct status_row *row, struct buf *out)
{
	space(&row->value, "", out);
	text_member(out, "access", "public-api");
	text_member(out, "description", row->help);
	text_member(out, "role", "Admin;User");
}

static void command_leaf(const struct command_row *row, struct buf *out)
{
	text_member(out, "access", "public-api");
	text_member(out, "command", "True");
	text_member(out, "description", row->help);
	text_member(out, "multiline", row->flags & COMMAND_MULTILINE ? "True" : "False");
	text_member(out, "role", row->access == ROLE_ADMIN ? "Admin" : "Admin;User");
	for (const struct command_param *p = row->params; p && p->name; p++) {
		buf_addf(out, ",\"%s\":{", p->name);
		space(&p->value, p->many > 1 ? "Array" : "", out);
		text_member(out, "description", p->help);
		text_member(out, "required", p->flags & PARAM_REQUIRED ? "True" : "False");
		if (p->default_text)
			text_member(out, "default", p->default_text);
		buf_addc(out, '}');
	}
}

/* --- the tree --- */

static const char *path_of(enum root root, long row)
{
	size_t n;
	return root == CONFIGURATION ? settings_rows(&n)[row].path
	       : root == STATUS      ? tree_status((size_t)row)->path
				     : tree_command((size_t)row)->path;
}

/* Returns the number of items that the node at this depth can have; 0: the node is not a list. The path of
 * any row below it tells which words are lists. */
static unsigned long items_of(const struct writer *w, const struct doc *d, size_t depth)
{
	long row = tree_any_row(d);
	if (w->root == COMMAND || row < 0)
		return 0;
	const char *s = path_of(w->root, row);
	for (size_t i = 0; i < depth; i++) {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	size_t word = strcspn(s, " "), plain = strcspn(s, " [");
	if (plain == word)
		return 0;
	const char *dots = strstr(s, "..");
	/* All items of a list in the status have one description, and so have those of a list of settings
	 * that has only item 1. */
	unsigned long last = dots && dots < s + word ? strtoul(dots + 2, NULL, 10) : 1;
	return w->root == STATUS || !last ? 1 : last;
}

static void body(const struct writer *w, const struct doc *d, size_t depth);

static int is_listed(const struct writer *w, const struct doc *d, size_t depth)
{
	if (w->root == COMMAND && tree_row(d) >= 0 &&
	    tree_command((size_t)tree_row(d))->flags & COMMAND_OLDER_NAME)
		return 0;
	return depth >= w->path->n || strcasecmp(w->path->steps[depth].name, d->name) == 0;
}

/* Writes the name and the value of one node: an object, or for a list an array of objects with ids. */
static void member(const struct writer *w, const struct doc *d, size_t depth)
{
	/* a list of plain values is described like one value */
	unsigned long items = d->first ? items_of(w, d, depth) : 0,
		      wanted = depth < w->path->n ? w->path->steps[depth].item : 0;
	separate(w->out);
	buf_addf(w->out, "\"%s\":%s", d->name, items ? "[" : "{");
	if (!items)
		body(w, d, depth + 1);
	for (unsigned long i = 1; i <= items; i++) {
		if (wanted && wanted != i)
			continue;
		separate(w->out);
		buf_addf(w->out, "{\"id\":\"%lu\"", i);
		body(w, d, depth + 1);
		buf_addc(w->out, '}');
	}
	buf_addc(w->out, items ? ']' : '}');
}

/* Writes the members of the node's object. */
static void body(const struct writer *w, const struct doc *d, size_t depth)
{
	size_t n;
	long row = d->first ? -1 : tree_row(d);
	if (row >= 0) {
		if (w->root == CONFIGURATION)
			setting(&settings_rows(&n)[row], w->out);
		else if (w->root == STATUS)
			status_leaf(tree_status((size_t)row), w->out);
		else
			command_leaf(tree_command((size_t)row), w->out);
		return;
	}
	for (const struct doc *child = d->first; child; child = child->next)
		if (is_listed(w, child, depth))
			member(w, child, depth);
}

static const struct doc *tree_for(const struct command_set *t, enum root root)
{
	const struct doc *const trees[ROOTS] = { t->settings, t->status, t->commands, t->events };
	return trees[root];
}

/* --- the command --- */

/* Splits "Configuration/NetworkServices/NTP/Server/1" into the root and the path below it. A number is the
 * item of the preceding word. */
static int take_path(const char *text, enum root *root, struct doc_path *ret, struct err *e)
{
	char word[DOC_NAME_MAX];
	const char *rest = text + strspn(text, "/ ");
	size_t len = strcspn(rest, "/ ");
	*ret = (struct doc_path){ .n = 0 };
	snprintf(word, sizeof word, "%.*s", (int)len, rest);
	int which = verb_choice(word, root_names);
	if (which < 0)
		return err_set(
			e, ERR_INPUT, 0,
			"Path: expected a path that begins with Command, Configuration, Event or Status");
	*root = (enum root)which;
	rest += len + strspn(rest + len, "/ ");
	return *rest ? doc_path_parse(rest, ret, e) : 0;
}

static int is_known(const struct doc *at, const struct doc_path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct doc *next = at->first;
		while (next && strcasecmp(next->name, p->steps[i].name) != 0)
			next = next->next;
		if (!next)
			return 0;
		at = next;
	}
	return 1;
}

static void schema(struct command *c, enum root root, const struct doc_path *p, const char *path)
{
	const struct doc *tree = tree_for(c->set, root);
	const struct writer w = { .root = root, .path = p, .out = &c->text };
	if (!is_known(tree, p)) {
		command_no_match(c, root_names[root], path, "xDocument takes whole names");
		return;
	}
	buf_addf(&c->text, "\"%s%s\":{", root_names[root], root == STATUS ? "Schema" : "");
	body(&w, tree, 0);
	buf_adds(&c->text, "}");
	c->kind = ANSWER_JSON;
	command_finish(c, EX_OK);
}

/* Answers with the current values instead of their description. */
static void values(struct command *c, enum root root, const struct doc_path *p, const char *path)
{
	struct agent *a = command_agent(c);
	struct err e = { .kind = ERR_NONE };
	struct doc *all = root == STATUS          ? NULL
			  : root == CONFIGURATION ? agent_configuration(a)
						  : doc_new(root_names[root]);
	c->doc = all ? doc_path_subset(all, p, DOC_ABBREVIATED, &e)
		     : agent_status_at(a, p, DOC_ABBREVIATED, &e);
	doc_free(all);
	if (!c->doc) {
		command_no_match(c, root_names[root], path, e.text);
		return;
	}
	c->kind = ANSWER_JSON;
	command_finish(c, EX_OK);
}

void document_run(struct command *c)
{
	static const char *const names[] = { "Format", "Path", "Schema", NULL }, *const formats[] = { "JSON",
												      NULL };
	static const char *const switches[] = { "False", "True", NULL };
	struct line_word words[LINE_WORDS_MAX];
	struct doc_path p;
	enum root root = CONFIGURATION;
	const char *path = NULL;
	size_t n;
	int wants_schema = 0;
	struct err e;
	if (line_words(&c->line, words, &n, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int which = words[i].name ? verb_choice(words[i].name, names) : path ? -1 : 1;
		int is_good = which == 1 || (which == 0 && verb_choice(words[i].value, formats) == 0) ||
			      (which == 2 && (wants_schema = verb_choice(words[i].value, switches)) >= 0);
		if (!is_good) {
			verb_misused(c);
			return;
		}
		if (which == 1)
			path = words[i].value;
	}
	if (!path)
		verb_misused(c);
	else if (take_path(path, &root, &p, &e) < 0)
		command_refuse(c, EX_DATAERR, e.text);
	else if (wants_schema)
		schema(c, root, &p, path);
	else
		values(c, root, &p, path);
}
