/* Documents as terminal lines, XML and JSON (wire-formats.md 4.1, 6.3, 3.2). */
#include "doc/doc.h"

#include "base/text.h"
#include "tree.h"

#include <inttypes.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

static const struct doc_attr *attr(const struct doc *d, const char *name)
{
	const struct doc_attr *a = d->attrs;
	while (a && strcmp(a->name, name))
		a = a->next;
	return a;
}

/* --- terminal lines --- */

struct lines {
	const struct doc *root;
	const char *prefix;
	int print_root;
	struct buf *out;
};

static void line_path(const struct lines *l, const struct doc *d)
{
	if (d != l->root)
		line_path(l, d->parent);
	else
		buf_adds(l->out, l->prefix);
	if (d == l->root && !l->print_root)
		return;
	buf_addc(l->out, ' ');
	buf_adds(l->out, d->name);
	if (doc_is_list(d))
		buf_addf(l->out, " %" PRIu32, tree_place(d));
}

/* What a literal or a number may look like; anything else that says it is one is quoted. */
static int is_bare(const char *value)
{
	for (const char *s = value; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '"' || *s == '\\')
			return 0;
	return *value != '\0';
}

/* A value between the parentheses of an attribute. */
static void attribute_value(const char *value, struct buf *out)
{
	if (is_bare(value) && !strpbrk(value, "()"))
		buf_adds(out, value);
	else
		text_quote(value, out);
}

static void print_lines(const struct lines *l, const struct doc *d)
{
	const struct doc_attr *error = attr(d, "error"), *status = attr(d, "status");
	if (d->ghost) {
		line_path(l, d);
		buf_adds(l->out, " (ghost=True):\n");
		return;
	}
	if (status || d->value) {
		line_path(l, d);
		const struct doc_attr *shown = status ? status : error;
		if (shown) {
			buf_addf(l->out, " (%s=", shown->name);
			attribute_value(shown->value, l->out);
			buf_addc(l->out, ')');
		}
		buf_addc(l->out, ':');
	}
	if (d->value) {
		buf_addc(l->out, ' ');
		if (d->type != DOC_STRING && is_bare(d->value))
			buf_adds(l->out, d->value);
		else
			text_quote(d->value, l->out);
	}
	if (status || d->value)
		buf_addc(l->out, '\n');
	for (const struct doc *c = d->first; c; c = c->next)
		print_lines(l, c);
}

void doc_print_terminal(const struct doc *d, const char *prefix, int print_root, struct buf *out)
{
	print_lines(&(struct lines){ d, prefix, print_root, out }, d);
}

/* --- XML --- */

static int xml_can_hold(uint32_t point)
{
	return point >= 0x20 ? point != 0xfffe && point != 0xffff : point == '\t' || point == '\n' || point == '\r';
}

static const char *xml_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\r': return "&#13;";	/* a reader would make a line feed of it */
	default: return NULL;
	}
}

/* Bytes that need no thought: visible ASCII and blanks. 1: except what is special in XML; 2: except what is special in JSON. */
static const unsigned char plain[256] = {
	[' '] = 3, 3, 0, 3, 3, 3, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3,	/* not " in either, not & in XML */
	['0'] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 3, 2, 3,		/* not < and > in XML */
	['@'] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
	['P'] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 3, 3, 3,		/* not \ in JSON */
	['`'] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
	['p'] = 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
};

static const char *skip_plain(const char *text, unsigned char kind)
{
	while (plain[(unsigned char)*text] & kind)
		text++;
	return text;
}

void doc_escape_xml(const char *text, struct buf *out)
{
	for (;;) {
		/* Most text has nothing to escape: whole runs of it go out at once. */
		const char *from = text;
		text = skip_plain(text, 1);
		buf_add(out, from, (size_t)(text - from));
		if (!*text)
			return;
		uint32_t point = 0;
		size_t n = text_utf8(text, &point);
		const char *entity = xml_entity(*text);
		if (!n || !xml_can_hold(point))
			buf_adds(out, REPLACEMENT);
		else if (entity)
			buf_adds(out, entity);
		else if (text_is_hidden(point) && point != '\n' && point != '\t')
			buf_addf(out, "&#x%" PRIx32 ";", point);
		else
			buf_add(out, text, n);
		text += n ? n : 1;
	}
}

static void xml_attr(const char *name, const char *value, struct buf *out)
{
	buf_addf(out, " %s=\"", name);
	doc_escape_xml(value, out);
	buf_addc(out, '"');
}

/* "<Name" or "</Name>\n", at its place. */
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

/* otherwise: the item of elements below a root that have none of their own; 0: none. */
static void print_xml(const struct doc *d, unsigned indent, uint32_t otherwise, struct buf *out)
{
	if (out->full)
		return;
	xml_tag(indent, "<", d->name, "", out);
	if (d->ghost)
		buf_adds(out, " ghost=\"True\"");
	uint32_t item = d->item ? d->item : d->parent ? otherwise : 0;
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
	if (!d->value && !d->first) {
		buf_adds(out, "/>\n");
		return;
	}
	buf_addc(out, '>');
	if (d->value) {
		doc_escape_xml(d->value, out);
	} else {
		buf_addc(out, '\n');
		for (const struct doc *c = d->first; c; c = c->next)
			print_xml(c, indent + 1, otherwise, out);
	}
	xml_tag(d->value ? 0 : indent, "</", d->name, ">\n", out);
}

void doc_print_xml(const struct doc *d, unsigned indent, struct buf *out)
{
	print_xml(d, indent, 0, out);
}

void doc_print_xml_numbered(const struct doc *d, unsigned indent, struct buf *out)
{
	print_xml(d, indent, 1, out);
}

/* --- JSON --- */

void doc_escape_json(const char *text, struct buf *out)
{
	for (;;) {
		const char *from = text;
		text = skip_plain(text, 2);
		buf_add(out, from, (size_t)(text - from));
		if (!*text)
			return;
		char shown[TEXT_SHOWN];
		size_t n = text_show(text, shown);
		if (*text == '"' || *text == '\\')
			buf_addc(out, '\\');
		buf_adds(out, text_utf8(text, NULL) ? shown : REPLACEMENT);
		text += n;
	}
}

static void json_member(const char *name, const char *value, const char **comma, struct buf *out)
{
	buf_adds(out, *comma);
	*comma = ",";
	buf_addc(out, '"');
	doc_escape_json(name, out);
	buf_adds(out, "\":\"");
	doc_escape_json(value, out);
	buf_addc(out, '"');
}

static const struct doc *next_of_name(const struct doc *d)
{
	const struct doc *c = d->next;
	while (c && strcmp(c->name, d->name))
		c = c->next;
	return c;
}

/* Whether an earlier sibling has told of this name, and so of all that bear it. */
static int is_told(const struct doc *d)
{
	const struct doc *c = d->parent->first;
	while (c != d && strcmp(c->name, d->name))
		c = c->next;
	return c != d;
}

static void json_object(const struct doc *d, struct buf *out);

static void json_children(const struct doc *d, const char **comma, struct buf *out)
{
	const struct doc *before = NULL;
	for (const struct doc *c = d->first; c && !out->full; before = c, c = c->next) {
		if (before && (!strcmp(before->name, c->name) || is_told(c)))
			continue;
		const struct doc *more = next_of_name(c);
		int array = doc_is_list(c) || more;
		buf_adds(out, *comma);
		buf_addc(out, '"');
		*comma = ",";
		doc_escape_json(c->name, out);
		buf_adds(out, array ? "\":[" : "\":");
		json_object(c, out);
		for (; more && !out->full; more = next_of_name(more)) {
			buf_addc(out, ',');
			json_object(more, out);
		}
		if (array)
			buf_addc(out, ']');
	}
}

static void json_object(const struct doc *d, struct buf *out)
{
	const char *comma = "";
	buf_addc(out, '{');
	for (const struct doc_attr *a = d->attrs; a; a = a->next)
		json_member(a->name, a->value, &comma, out);
	if (d->item) {
		buf_addf(out, "%s\"id\":\"%" PRIu32 "\"", comma, d->item);
		comma = ",";
	}
	if (d->ghost)
		json_member("ghost", "True", &comma, out);
	if (d->value)
		json_member("Value", d->value, &comma, out);
	json_children(d, &comma, out);
	buf_addc(out, '}');
}

void doc_print_json_member(const struct doc *d, struct buf *out)
{
	buf_addc(out, '"');
	doc_escape_json(d->name, out);
	buf_adds(out, "\":");
	json_object(d, out);
}

void doc_print_json(const struct doc *d, struct buf *out)
{
	buf_addc(out, '{');
	doc_print_json_member(d, out);
	buf_addc(out, '}');
}
