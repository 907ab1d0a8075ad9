/* SPDX-License-Identifier: MIT */
/* client_limits: counts in a document, without a parser, what the agent limits. A document that passes may
 * still be no XML, which the agent reports; one that is refused here would be refused by the agent, too. */
#include "client.h"

#include <string.h>

struct counted {
	const char *at, *end;
	size_t elements, depth;
	size_t run;              /* bytes of text since the last tag */
	size_t text;             /* bytes of the text of all elements */
	int is_leaf;             /* 1: the last tag began an element */
	int is_event, is_status; /* 1: the root is Event, or Status */
	const char *bad;
};

static const char too_much_text[] = "an element's text or an attribute has more than 262144 bytes";

/* Returns the minimum number of bytes of the text after parsing: &amp; is one byte. */
static size_t text_length(const char *from, const char *end)
{
	size_t n = 0;
	for (const char *semicolon; from < end; from++, n++)
		if (*from == '&' && (semicolon = memchr(from, ';', (size_t)(end - from))))
			from = semicolon;
	return n;
}

static const char *find(const struct counted *c, const char *what)
{
	const char *found = memmem(c->at, (size_t)(c->end - c->at), what, strlen(what));
	return found ? found + strlen(what) : c->end;
}

static int begins(const struct counted *c, const char *what)
{
	size_t n = strlen(what);
	return (size_t)(c->end - c->at) >= n && memcmp(c->at, what, n) == 0;
}

/* Returns the > that ends a tag, which is outside quotes. */
static const char *tag_end(struct counted *c)
{
	const char *at = c->at, *close;
	for (; at < c->end && *at != '>'; at++) {
		if (*at != '"' && *at != '\'')
			continue;
		close = memchr(at + 1, *at, (size_t)(c->end - at - 1));
		if (!close)
			return c->end;
		if (text_length(at + 1, close) > SEALPOST_TEXT_MAX)
			c->bad = too_much_text;
		at = close;
	}
	return at;
}

static void end_element(struct counted *c)
{
	if (c->is_leaf)
		c->text += c->run;
	c->is_leaf = 0;
	if (c->depth)
		c->depth--;
}

/* Reads the root's name, without a namespace prefix. */
static void take_root(struct counted *c, const char *close)
{
	const char *name = c->at + 1, *end = name;
	for (; end < close && !memchr(" \t\r\n/", *end, 5); end++)
		if (*end == ':')
			name = end + 1;
	c->is_event = end - name == 5 && memcmp(name, "Event", 5) == 0;
	c->is_status = end - name == 6 && memcmp(name, "Status", 6) == 0;
}

static void take_tag(struct counted *c)
{
	const char *close = tag_end(c);
	if (begins(c, "</")) {
		end_element(c);
	} else {
		if (!c->elements++)
			take_root(c, close);
		if (c->elements > SEALPOST_ELEMENTS_MAX)
			c->bad = "the document has more than 20000 elements";
		if (++c->depth > SEALPOST_DEPTH_MAX)
			c->bad = "the document has elements that are nested deeper than 32";
		c->is_leaf = 1;
		c->run = 0;
		if (close < c->end && close[-1] == '/')
			end_element(c);
	}
	c->run = 0;
	c->at = close < c->end ? close + 1 : c->end;
}

/* Reads anything that begins with <. */
static void take_markup(struct counted *c)
{
	if (begins(c, "<!--")) {
		c->at = find(c, "-->");
	} else if (begins(c, "<?")) {
		c->at = find(c, "?>");
	} else if (begins(c, "<![CDATA[")) {
		const char *from = c->at + 9, *end = find(c, "]]>");
		c->run += end - 3 > from ? (size_t)(end - 3 - from) : 0;
		c->at = end;
	} else if (begins(c, "<!")) {
		c->at = c->end; /* a document type, which the agent refuses */
	} else {
		take_tag(c);
	}
}

const char *client_limits_check(const char *xml, size_t len, int *ret_is_status)
{
	struct counted c = { .at = xml, .end = xml + len };
	while (c.at < c.end && !c.bad) {
		const char *markup = memchr(c.at, '<', (size_t)(c.end - c.at));
		markup = markup ? markup : c.end;
		c.run += text_length(c.at, markup);
		c.at = markup;
		if (c.run > SEALPOST_TEXT_MAX)
			c.bad = too_much_text;
		else if (c.at < c.end)
			take_markup(&c);
	}
	if (!c.bad && c.is_event && c.text + c.elements > SEALPOST_POST_MAX)
		c.bad = "the event would make a post of more than 262144 bytes";
	*ret_is_status = c.is_status;
	return c.bad;
}
