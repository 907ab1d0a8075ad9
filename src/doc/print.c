/* SPDX-License-Identifier: MIT */
/* print: prints documents as terminal lines, XML and JSON (wire-formats.md 4.1, 6.3, 3.2). All three use the
 * same walk through the tree, which can pause after each node. */
#include "doc/doc.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc_tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Deeper nodes are not printed. Only the root that an answer adds can make a document deeper than
 * DOC_DEPTH_MAX. */
enum { LEVELS = DOC_DEPTH_MAX + 8 };

struct level {
	const struct doc *d;             /* the node whose children are being printed */
	const struct doc *next, *before; /* the next child to be printed; the child before it */
	/* JSON: the children, sorted so that those with the same name follow each other; NULL: they are in
	 * such an order already */
	struct doc **grouped;
	size_t n, at;      /* number of children in `grouped`; index of the next one */
	const char *comma; /* JSON: the text before the next member */
	int is_array;      /* JSON: the array of the last child has not been closed yet */
};

struct doc_printer {
	enum doc_form form;
	const struct doc *root;
	const char *prefix; /* prefix of terminal lines */
	unsigned indent;
	size_t depth; /* levels in use */
	int has_begun;
	struct level levels[LEVELS];
};

static const struct doc_attr *attr(const struct doc *d, const char *name)
{
	const struct doc_attr *a = d->attrs;
	while (a && strcmp(a->name, name))
		a = a->next;
	return a;
}

/* --- terminal lines --- */

static void line_path(const struct doc_printer *p, const struct doc *d, struct buf *out)
{
	if (d != p->root)
		line_path(p, d->parent, out);
	else
		buf_adds(out, p->prefix);
	if (d == p->root && p->form != DOC_LINES_OF_ROOT)
		return;
	buf_addc(out, ' ');
	buf_adds(out, d->name);
	if (doc_is_list(d))
		buf_addf(out, " %" PRIu32, tree_place(d));
}

/* Returns 1 if the value can be printed without quotes. Other values are quoted, even if their type is
 * literal or integer. */
static int is_bare(const char *value)
{
	for (const char *s = value; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '"' || *s == '\\')
			return 0;
	return *value != '\0';
}

/* Prints the value of an attribute between parentheses. */
static void attribute_value(const char *value, struct buf *out)
{
	if (is_bare(value) && !strpbrk(value, "()"))
		buf_adds(out, value);
	else
		text_quote(value, out);
}

static int print_line(const struct doc_printer *p, const struct doc *d, struct buf *out)
{
	const struct doc_attr *error = attr(d, "error"), *status = attr(d, "status");
	if (d->ghost) {
		line_path(p, d, out);
		buf_adds(out, " (ghost=True):\n");
		return 0;
	}
	if (!status && !d->value)
		return d->first != NULL;
	line_path(p, d, out);
	const struct doc_attr *shown = status ? status : error;
	if (shown) {
		buf_addf(out, " (%s=", shown->name);
		attribute_value(shown->value, out);
		buf_addc(out, ')');
	}
	buf_addc(out, ':');
	if (d->value) {
		buf_addc(out, ' ');
		if (d->type != DOC_STRING && is_bare(d->value))
			buf_adds(out, d->value);
		else
			text_quote(d->value, out);
	}
	buf_addc(out, '\n');
	return d->first != NULL;
}

/* --- XML --- */

static void xml_attr(const char *name, const char *value, struct buf *out)
{
	buf_addf(out, " %s=\"", name);
	doc_escape_xml_attribute(value, out);
	buf_addc(out, '"');
}

/* Prints "<Name" or "</Name>\n" with indentation. */
static void xml_tag(unsigned indent, const char *open, const char *name, const char *close, struct buf *out)
{
	size_t blanks = 2 * (size_t)indent;
	char *to = buf_room(out, blanks + strlen(open) + strlen(name) + strlen(close));
	if (!to)
		return;
	memset(to, ' ', blanks);
	char *end = stpcpy(stpcpy(stpcpy(to + blanks, open), name), close);
	buf_took(out, (size_t)(end - to));
}

static unsigned xml_indent(const struct doc_printer *p)
{
	return p->indent + (unsigned)p->depth;
}

static int open_xml(const struct doc_printer *p, const struct doc *d, struct buf *out)
{
	xml_tag(xml_indent(p), "<", d->name, "", out);
	if (d->ghost)
		buf_adds(out, " ghost=\"True\"");
	uint32_t item = d->item ? d->item : d->parent && p->form == DOC_XML_NUMBERED;
	if (item == 1)
		buf_adds(out, " item=\"1\"");
	else if (item)
		buf_addf(out, " item=\"%" PRIu32 "\"", item);
	if (d->max_occurrence == DOC_UNBOUNDED)
		buf_adds(out, " maxOccurrence=\"n\"");
	else if (d->max_occurrence)
		buf_addf(out, " maxOccurrence=\"%" PRIu32 "\"", d->max_occurrence);
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		xml_attr(a->name, a->value, out);
	if (d->value) {
		buf_addc(out, '>');
		doc_escape_xml(d->value, out);
		xml_tag(0, "</", d->name, ">\n", out);
		return 0;
	}
	buf_adds(out, d->first ? ">\n" : "/>\n");
	return d->first != NULL;
}

/* --- JSON --- */

static void json_name(const char *name, struct buf *out)
{
	buf_addc(out, '"');
	json_write_escaped(name, out);
	buf_adds(out, "\":");
}

static void json_member(const char *name, const char *value, const char **comma, struct buf *out)
{
	buf_adds(out, *comma);
	*comma = ",";
	json_name(name, out);
	buf_addc(out, '"');
	json_write_escaped(value, out);
	buf_addc(out, '"');
}

static int is_json(const struct doc_printer *p)
{
	return p->form == DOC_JSON || p->form == DOC_JSON_TYPED;
}

/* Returns 1 if the text is a valid number in JSON. */
static int is_json_number(const char *value)
{
	const char *digits = value + (*value == '-');
	size_t n = strspn(digits, "0123456789");
	return n && !digits[n] && n <= 19 && (*digits != '0' || n == 1);
}

/* Prints a value as video codecs do over WebSocket: integers as numbers, all other values as strings. */
static void json_typed_value(const struct doc *d, struct buf *out)
{
	if (d->type == DOC_INTEGER && is_json_number(d->value)) {
		buf_adds(out, d->value);
		return;
	}
	buf_addc(out, '"');
	json_write_escaped(d->value, out);
	buf_addc(out, '"');
}

static int is_in_array(const struct doc_printer *p, const struct doc *d)
{
	return doc_is_list(d) || (p->depth && p->levels[p->depth - 1].is_array);
}

/* Returns 1 if only the value of the leaf is printed, since it has nothing else. */
static int is_bare_leaf(const struct doc_printer *p, const struct doc *d)
{
	return !d->first && d->value && !d->attrs && !d->ghost && !is_in_array(p, d);
}

/* Prints the object up to its children; *comma is the text before them. The ids of list items are numbers. */
static void open_json_typed(const struct doc_printer *p, const struct doc *d, const char **comma,
			    struct buf *out)
{
	*comma = "";
	buf_addc(out, '{');
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		json_member(a->name, a->value, comma, out);
	if (is_in_array(p, d)) {
		buf_addf(out, "%s\"id\":%" PRIu32, *comma, tree_place(d));
		*comma = ",";
	}
	if (d->ghost)
		json_member("ghost", "True", comma, out);
	if (d->value) {
		buf_addf(out, "%s\"Value\":", *comma);
		json_typed_value(d, out);
		*comma = ",";
	}
}

/* Prints the object up to its children; *comma is the text before them. */
static void open_json(const struct doc *d, const char **comma, struct buf *out)
{
	*comma = "";
	buf_addc(out, '{');
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		json_member(a->name, a->value, comma, out);
	if (d->item) {
		buf_addf(out, "%s\"id\":\"%" PRIu32 "\"", *comma, d->item);
		*comma = ",";
	}
	if (d->ghost)
		json_member("ghost", "True", comma, out);
	if (d->value)
		json_member("Value", d->value, comma, out);
}

/* Prints the name of a child, unless the child before it has the same name. l->next is the child after it. */
static void json_before_child(struct level *l, const struct doc *c, struct buf *out)
{
	if (l->before && strcmp(l->before->name, c->name) == 0) {
		buf_addc(out, ',');
		return;
	}
	if (l->is_array)
		buf_addc(out, ']');
	buf_adds(out, l->comma);
	l->comma = ",";
	json_name(c->name, out);
	l->is_array = doc_is_list(c) || (l->next && strcmp(l->next->name, c->name) == 0);
	if (l->is_array)
		buf_addc(out, '[');
}

/* --- the walk --- */

static void enter(struct doc_printer *p, const struct doc *d)
{
	struct level *l = &p->levels[p->depth++];
	*l = (struct level){ .d = d, .next = d->first, .comma = "" };
	if (is_json(p))
		l->grouped = tree_grouped(d, &l->n);
}

static void leave(struct doc_printer *p, struct buf *out)
{
	struct level *l = &p->levels[--p->depth];
	free(l->grouped);
	if (p->form == DOC_XML || p->form == DOC_XML_NUMBERED)
		xml_tag(xml_indent(p), "</", l->d->name, ">\n", out);
	else if (is_json(p))
		buf_adds(out, l->is_array ? "]}" : "}");
}

/* Prints a node and, if it has children, enters it. */
static void visit(struct doc_printer *p, const struct doc *d, struct buf *out)
{
	const char *comma = "";
	int is_inner = d->first != NULL;
	if (p->form == DOC_JSON_TYPED && is_bare_leaf(p, d)) {
		json_typed_value(d, out);
		return;
	}
	if (p->form == DOC_JSON_TYPED)
		open_json_typed(p, d, &comma, out);
	else if (p->form == DOC_JSON)
		open_json(d, &comma, out);
	else if (p->form == DOC_XML || p->form == DOC_XML_NUMBERED)
		is_inner = open_xml(p, d, out);
	else
		is_inner = print_line(p, d, out);
	if (is_inner && p->depth < LEVELS) {
		enter(p, d);
		p->levels[p->depth - 1].comma = comma;
	} else if (is_json(p)) {
		buf_addc(out, '}');
	}
}

static void visit_next(struct doc_printer *p, struct buf *out)
{
	struct level *l = &p->levels[p->depth - 1];
	const struct doc *c = l->next;
	l->next = !l->grouped ? c->next : ++l->at < l->n ? l->grouped[l->at] : NULL;
	if (is_json(p))
		json_before_child(l, c, out);
	l->before = c;
	visit(p, c, out);
}

/* Prints the next node, or the end of one. Returns 0 if everything has been printed. */
static int step(struct doc_printer *p, struct buf *out)
{
	if (!p->has_begun) {
		p->has_begun = 1;
		if (is_json(p))
			json_name(p->root->name, out);
		visit(p, p->root, out);
	} else if (p->levels[p->depth - 1].next) {
		visit_next(p, out);
	} else {
		leave(p, out);
	}
	return p->depth > 0;
}

static void forget_levels(struct doc_printer *p)
{
	while (p->depth)
		free(p->levels[--p->depth].grouped);
}

static void print(struct doc_printer *p, struct buf *out)
{
	while (step(p, out) && !out->full)
		;
	forget_levels(p);
}

struct doc_printer *doc_printer_new(const struct doc *d, enum doc_form form, const char *prefix)
{
	struct doc_printer *p = mem_new(sizeof *p);
	p->form = form;
	p->root = d;
	p->prefix = prefix;
	return p;
}

void doc_printer_free(struct doc_printer *p)
{
	if (p)
		forget_levels(p);
	free(p);
}

int doc_printer_go_on(struct doc_printer *p, size_t len, struct buf *out)
{
	while (step(p, out))
		if (out->len >= len || out->full)
			return !out->full;
	return 0;
}

void doc_print_terminal(const struct doc *d, const char *prefix, int print_root, struct buf *out)
{
	struct doc_printer p = { .form = print_root ? DOC_LINES_OF_ROOT : DOC_LINES,
				 .root = d,
				 .prefix = prefix };
	print(&p, out);
}

void doc_print_xml(const struct doc *d, unsigned indent, struct buf *out)
{
	struct doc_printer p = { .form = DOC_XML, .root = d, .indent = indent };
	print(&p, out);
}

void doc_print_xml_numbered(const struct doc *d, unsigned indent, struct buf *out)
{
	struct doc_printer p = { .form = DOC_XML_NUMBERED, .root = d, .indent = indent };
	print(&p, out);
}

void doc_print_json_member(const struct doc *d, struct buf *out)
{
	struct doc_printer p = { .form = DOC_JSON, .root = d };
	print(&p, out);
}

void doc_print_json_typed_member(const struct doc *d, struct buf *out)
{
	struct doc_printer p = { .form = DOC_JSON_TYPED, .root = d };
	print(&p, out);
}

void doc_print_json(const struct doc *d, struct buf *out)
{
	buf_addc(out, '{');
	doc_print_json_member(d, out);
	buf_addc(out, '}');
}
