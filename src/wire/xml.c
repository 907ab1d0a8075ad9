/* SPDX-License-Identifier: MIT */
#include "wire/xml.h"

#include "xml_start.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REUSE_TIMES = 1000, REUSE_BYTES = 64 << 10 };

struct xml_reader {
	xmlParserCtxtPtr ctxt; /* NULL: it has not been created yet */
	unsigned used;
};

struct reading {
	xmlParserCtxtPtr ctxt;
	int lines_before; /* line ends before the declaration, which libxml2 does not see */
	struct xml_limits limits;
	struct doc *root, *at; /* at: the element whose end has not been read yet */
	size_t nodes, depth;
	struct buf text; /* text of the element `at` */
	int failed;
	struct err *e;
};

/* --- checks before libxml2 gets the text --- */

struct place {
	unsigned long line, column;
};

static struct place place_of(const char *text, size_t at)
{
	struct place p = { 1, 1 };
	for (size_t i = 0; i < at; i++) {
		p.column = text[i] == '\n' ? 1 : p.column + 1;
		p.line += text[i] == '\n';
	}
	return p;
}

static int refuse_at(struct err *e, const char *text, size_t at, const char *why)
{
	struct place p = place_of(text, at);
	return err_set(e, ERR_INPUT, 0, "line %lu, column %lu: %s", p.line, p.column, why);
}

/* Returns the length of the UTF-8 sequence at text[at]; 0 if it is not valid. */
static size_t sequence_at(const char *text, size_t len, size_t at)
{
	if (len - at >= 4)
		return text_utf8(text + at, NULL);
	char end[5] = ""; /* text_utf8 needs a NUL at the end */
	memcpy(end, text + at, len - at);
	return text_utf8(end, NULL);
}

static int is_utf_16(const char *text, size_t len)
{
	return len >= 2 && (!memcmp(text, "\xfe\xff", 2) || !memcmp(text, "\xff\xfe", 2) ||
			    !memcmp(text, "<\0", 2) || !memcmp(text, "\0<", 2));
}

static int check_bytes(const char *text, size_t len, struct err *e)
{
	for (size_t at = 0; at < len;) {
		uint64_t word;
		/* checks eight bytes at once for ASCII without NUL: a high bit is set for anything else */
		if (len - at >= sizeof word) {
			memcpy(&word, text + at, sizeof word);
			if (!((word | (word - 0x0101010101010101u)) & 0x8080808080808080u)) {
				at += sizeof word;
				continue;
			}
		}
		unsigned char c = (unsigned char)text[at];
		size_t n = c && c < 0x80 ? 1 : c ? sequence_at(text, len, at) : 0;
		if (!n)
			return refuse_at(e, text, at,
					 is_utf_16(text, len) ? "UTF-16: expected UTF-8"
					 : c                  ? "a byte that is not UTF-8"
							      : "a NUL byte");
		at += n;
	}
	return 0;
}

/* Accepts the declaration of another encoding than UTF-8 if it makes no difference: if all bytes are ASCII.
 * UTF-16 is always accepted: since the declaration can be read as ASCII, it is wrong, as it is with servers
 * that write the document to a UTF-16 string first. */
static int check_encoding(const char *text, size_t len, size_t start, struct err *e)
{
	int is_declared = len - start > 5 && !memcmp(text + start, "<?xml", 5);
	const char *end = is_declared ? memmem(text + start, len - start, "?>", 2) : NULL;
	const char *at = end ? memmem(text, (size_t)(end - text), "encoding", 8) : NULL;
	if (!at)
		return 0;
	const char *name = at + 8;
	while (name < end && strchr(" \t\r\n=\"'", *name))
		name++;
	size_t n = 0;
	while (name + n < end && (isalnum((unsigned char)name[n]) || name[n] == '-' || name[n] == '_'))
		n++;
	if ((n == 5 && !strncasecmp(name, "UTF-8", n)) || (n == 6 && !strncasecmp(name, "UTF-16", n)))
		return 0;
	for (const char *s = end; s < text + len; s++)
		if (*s & 0x80) {
			char why[100];
			snprintf(why, sizeof why, "encoding %.*s: expected UTF-8", n < 40 ? (int)n : 40,
				 name);
			return refuse_at(e, text, (size_t)(at - text), why);
		}
	return 0;
}

/* Counts the attributes of each tag before parsing, since libxml2 compares each attribute with all before it
 * and calls back only when it has all. A tag ends at > outside quotes or, if it is broken, at the next <,
 * which no attribute may contain. */
static int check_attributes(const char *text, size_t len, struct err *e)
{
	const char *end = text + len, *s = text;
	while ((s = memchr(s, '<', (size_t)(end - s)))) {
		const char *tag = s++;
		if (s < end && (*s == '!' || *s == '?'))
			continue;
		char quote = 0;
		for (unsigned n = 0; s < end && *s != '<' && (quote || *s != '>'); s++) {
			if (quote)
				quote = *s == quote ? 0 : quote;
			else if (*s == '"' || *s == '\'')
				quote = *s;
			else if (*s == '=' && ++n > XML_ATTRIBUTES_MAX)
				return refuse_at(e, text, (size_t)(tag - text),
						 "an element with too many attributes");
		}
	}
	return 0;
}

/* --- events --- */

static void fail(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct reading *r, const char *fmt, ...)
{
	if (r->failed)
		return;
	r->failed = 1;
	char why[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	err_set(r->e, ERR_INPUT, 0, "line %d, column %d: %s", r->lines_before + xmlSAX2GetLineNumber(r->ctxt),
		xmlSAX2GetColumnNumber(r->ctxt), why);
	xmlStopParser(r->ctxt);
}

static void on_error(void *arg, xmlErrorPtr error)
{
	struct reading *r = arg;
	if (r->failed || error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE)
		return; /* an undeclared prefix does not matter, since prefixes are removed */
	r->failed = 1;
	const char *message = error->message ? error->message : "unknown error";
	err_set(r->e, ERR_INPUT, error->code, "line %d, column %d: not well-formed XML: %.*s",
		r->lines_before + error->line, error->int2, (int)strcspn(message, "\n"), message);
	xmlStopParser(r->ctxt);
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	fail(arg, "a DOCTYPE is not allowed");
}

static int is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static enum doc_type type_named(const char *name)
{
	return !strcmp(name, "Literal")   ? DOC_LITERAL
	       : !strcmp(name, "Integer") ? DOC_INTEGER
	       : !strcmp(name, "String")  ? DOC_STRING
					  : DOC_NODE;
}

static void set_attribute(struct reading *r, struct doc *d, const char *name, const char *value)
{
	int64_t number = 0;
	char quoted[60];
	if (!strcmp(name, "item")) {
		if (num_parse(value, 1, INT32_MAX, &number, NULL) < 0 && !r->limits.any_item)
			fail(r, "item=%s: expected a whole number from 1 on",
			     text_quoted(value, quoted, sizeof quoted));
		else if (!number)
			doc_set_attr(d, name, value);
		d->item = number ? (uint32_t)number : XML_NO_ITEM;
	} else if (!strcmp(name, "maxOccurrence")) {
		if (!strcmp(value, "n"))
			number = DOC_UNBOUNDED;
		else if (num_parse(value, 1, INT32_MAX, &number, NULL) < 0 && !r->limits.any_item)
			fail(r, "maxOccurrence=%s: expected n or a whole number from 1 on",
			     text_quoted(value, quoted, sizeof quoted));
		d->max_occurrence = (uint32_t)number;
	} else if (!strcmp(name, "ghost")) {
		d->ghost = !strcasecmp(value, "True");
	} else if (!strcmp(name, "type") && type_named(value) != DOC_NODE) {
		d->type = type_named(value);
	} else {
		doc_set_attr(d, name, value);
	}
}

/* Checks a local name, from which libxml2 has removed the prefix. Names are printed for people without
 * escapes, so all characters must be visible. */
static int is_name(const char *name)
{
	for (size_t n; *name; name += n) {
		uint32_t point = 0;
		n = 1;
		if (isalnum((unsigned char)*name)) /* most characters of most names */
			continue;
		n = text_utf8(name, &point);
		if (!n || point == ':' || text_is_hidden(point))
			return 0;
	}
	return 1;
}

/* Stores one attribute, for which libxml2 passes five pointers: local name, prefix, namespace, begin and end
 * of the value. */
static void take_attribute(struct reading *r, struct doc *d, const xmlChar **attribute)
{
	struct buf value;
	buf_init(&value, r->limits.value);
	if (!is_name((const char *)attribute[0]))
		fail(r, "an attribute name with a character that cannot be seen, or with two colons");
	else if (buf_add(&value, attribute[3], (size_t)(attribute[4] - attribute[3])) < 0)
		fail(r, "an attribute's value of more than %zu bytes", r->limits.value);
	else
		set_attribute(r, d, (const char *)attribute[0], buf_str(&value));
	buf_done(&value);
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_namespaces, const xmlChar **namespaces, int n, int n_defaulted,
		     const xmlChar **attributes)
{
	struct reading *r = arg;
	(void)prefix, (void)uri, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
	if (r->failed)
		return;
	if (strlen((const char *)name) >= DOC_NAME_MAX)
		fail(r, "an element name of more than %d bytes", DOC_NAME_MAX - 1);
	else if (!is_name((const char *)name))
		fail(r, "an element name with a character that cannot be seen, or with two colons");
	else if (++r->nodes > r->limits.nodes)
		fail(r, "more than %zu elements", r->limits.nodes);
	else if (++r->depth > r->limits.depth)
		fail(r, "elements nested deeper than %zu", r->limits.depth);
	else if (!is_blank(buf_str(&r->text)))
		fail(r, "text and elements mixed in %s", r->at->name);
	if (r->failed)
		return;
	buf_reset(&r->text);
	if (r->at)
		r->at = doc_add(r->at, (const char *)name, 0);
	else
		r->root = r->at = doc_new((const char *)name);
	for (int i = 0; i < n && !r->failed; i++)
		take_attribute(r, r->at, attributes + 5 * i);
}

static int is_number(const char *s)
{
	int64_t number;
	const char *digits = s + (*s == '-');
	return (*digits != '0' || (!digits[1] && digits == s)) &&
	       num_parse(s, INT64_MIN, INT64_MAX, &number, NULL) == 0;
}

/* Returns 1 for the four words that video codecs always print without quotes. */
static int is_switch(const char *s)
{
	return !strcmp(s, "On") || !strcmp(s, "Off") || !strcmp(s, "True") || !strcmp(s, "False");
}

static enum doc_type type_of(const char *text)
{
	return is_number(text) ? DOC_INTEGER : is_switch(text) ? DOC_LITERAL : DOC_STRING;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = arg;
	(void)name, (void)prefix, (void)uri;
	if (r->failed)
		return;
	struct doc *d = r->at;
	const char *text = buf_str(&r->text);
	if (d->first && !is_blank(text)) {
		fail(r, "text and elements mixed in %s", d->name);
	} else if (d->first || !*text || (is_blank(text) && strchr(text, '\n'))) {
		d->type = DOC_NODE;
	} else {
		doc_set_value(d, d->type != DOC_NODE ? d->type : type_of(text), text);
	}
	buf_reset(&r->text);
	r->at = d->parent;
	r->depth--;
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct reading *r = arg;
	if (!r->failed && buf_add(&r->text, text, (size_t)len) < 0)
		fail(r, "text longer than %zu bytes", r->limits.value);
}

/* --- the parser --- */

static void defaults(struct xml_limits *l)
{
	l->bytes = l->bytes ? l->bytes : 1 << 20;
	l->nodes = l->nodes ? l->nodes : 20000;
	l->depth = l->depth ? l->depth : DOC_DEPTH_MAX;
	l->value = l->value ? l->value : 256 << 10;
}

/* The first context also initialises libxml2, which is safe since only the loop's thread reads XML. */
static void open_reader(struct xml_reader *reader)
{
	reader->ctxt = xmlNewParserCtxt();
	reader->used = 0;
	if (!reader->ctxt)
		abort(); /* out of memory, as base/mem does */
	*reader->ctxt->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};
}

static void close_reader(struct xml_reader *reader)
{
	if (reader->ctxt)
		xmlFreeParserCtxt(reader->ctxt);
	reader->ctxt = NULL;
}

/* Runs the parser. A context keeps all names that it has read, so a new one is created after some time. */
static int run(struct xml_reader *reader, struct reading *r, const char *text, size_t len)
{
	if (!reader->ctxt)
		open_reader(reader);
	r->ctxt = reader->ctxt;
	r->ctxt->userData = r;
	/* libxml2 reads the text in place. No encoding is passed, since it would then convert UTF-8 to UTF-8;
	 * check_bytes has made sure that the text is UTF-8. */
	/* NOENT: otherwise & and < in an attribute would come as &#38; and &#60;. No other entities can be
	 * declared, since on_doctype refuses every DOCTYPE. */
	xmlCtxtReadDoc(r->ctxt, (const xmlChar *)text, NULL, NULL,
		       XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
	int whole = r->ctxt->wellFormed && r->root && !r->at && !r->failed;
	if (whole && len <= REUSE_BYTES && ++reader->used < REUSE_TIMES)
		xmlCtxtReset(reader->ctxt);
	else
		close_reader(reader);
	return whole;
}

struct xml_reader *xml_reader_new(void)
{
	return mem_new(sizeof(struct xml_reader));
}

void xml_reader_free(struct xml_reader *reader)
{
	if (reader)
		close_reader(reader);
	free(reader);
}

int xml_parse(const char *text, size_t len, const struct xml_limits *limits, struct doc **ret, struct err *e)
{
	struct xml_reader once = { .ctxt = NULL };
	char *copy = mem_dup_n(text, len); /* with a NUL */
	int r = xml_read(&once, copy, len, limits, ret, e);
	close_reader(&once);
	free(copy);
	return r;
}

int xml_read(struct xml_reader *reader, const char *text, size_t len, const struct xml_limits *limits,
	     struct doc **ret, struct err *e)
{
	struct err own;
	struct reading r = { .limits = limits ? *limits : (struct xml_limits){ 0 }, .e = e ? e : &own };
	*ret = NULL;
	defaults(&r.limits);
	if (len > r.limits.bytes)
		return err_set(e, ERR_INPUT, 0, "a document of %zu bytes, at most %zu", len, r.limits.bytes);
	size_t start = xml_start(text, len);
	if (check_encoding(text, len, start, r.e) < 0 || check_bytes(text, len, r.e) < 0 ||
	    check_attributes(text, len, r.e) < 0)
		return -1;
	if (start == len)
		return err_set(e, ERR_INPUT, 0, "line 1, column 1: expected an XML document, found nothing");
	r.lines_before = (int)place_of(text, start).line - 1;
	buf_init(&r.text, r.limits.value);
	int whole = run(reader, &r, text + start, len - start);
	buf_done(&r.text);
	if (whole) {
		*ret = r.root;
		return 0;
	}
	doc_free(r.root);
	return r.failed ? -1 : err_set(e, ERR_INPUT, 0, "not well-formed XML");
}
