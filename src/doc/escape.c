/* SPDX-License-Identifier: MIT */
/* escape: escapes text for XML. */
#include "doc/doc.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static int xml_can_hold(uint32_t point)
{
	return point >= 0x20 ? point != 0xfffe && point != 0xffff
			     : point == '\t' || point == '\n' || point == '\r';
}

static const char *xml_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\r': return "&#13;"; /* a parser would replace it by a line feed */
	default: return NULL;
	}
}

static int is_plain(char c)
{
	return c >= ' ' && c < 0x7f && !xml_entity(c);
}

/* plain_blanks: those of the characters \n and \t that are not escaped. */
static void escape_xml(const char *text, const char *plain_blanks, struct buf *out)
{
	for (;;) {
		/* Most text has nothing to escape, so it is appended in long pieces. */
		const char *from = text;
		while (is_plain(*text))
			text++;
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
		else if (text_is_hidden(point) && !(n == 1 && strchr(plain_blanks, *text)))
			buf_addf(out, "&#x%" PRIx32 ";", point);
		else
			buf_add(out, text, n);
		text += n ? n : 1;
	}
}

void doc_escape_xml(const char *text, struct buf *out)
{
	escape_xml(text, "\n\t", out);
}

void doc_escape_xml_attribute(const char *text, struct buf *out)
{
	escape_xml(text, "", out);
}
