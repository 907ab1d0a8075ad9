/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

enum { DEEPEST = 40 };

/* Length of the UTF-8 sequence at p, 0 if it is none (RFC 3629). */
static size_t sequence(const unsigned char *p, size_t left)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;
	if (!len || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return len;
}

int json_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	for (size_t i = 0, n; i < len; i += n) {
		n = sequence(p + i, len - i);
		if (!n)
			return 0;
	}
	return 1;
}

void json_string(struct buf *b, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	buf_addc(b, '"');
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = sequence(p + i, len - i);
		if (!n)
			buf_adds(b, "\xef\xbf\xbd");
		else if (p[i] == '"' || p[i] == '\\')
			buf_addf(b, "\\%c", p[i]);
		else if (p[i] == '\n')
			buf_adds(b, "\\n");
		else if (p[i] < 0x20 || p[i] == 0x7f)
			buf_addf(b, "\\u%04x", p[i]);
		else
			buf_add(b, p + i, n);
	}
	buf_addc(b, '"');
}

static void new_line(struct buf *b, int depth)
{
	buf_addf(b, "\n%*s", 2 * (depth < 0 ? 0 : depth > DEEPEST ? DEEPEST : depth), "");
}

void json_pretty(struct buf *b, const char *text, size_t len)
{
	int depth = 0, in_string = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (in_string) {
			buf_addc(b, c);
			if (c == '\\' && i + 1 < len)
				buf_addc(b, text[++i]);
			else if (c == '"')
				in_string = 0;
		} else if (c == '{' || c == '[') {
			buf_addc(b, c);
			new_line(b, ++depth);
		} else if (c == '}' || c == ']') {
			new_line(b, --depth);
			buf_addc(b, c);
		} else if (c == ',') {
			buf_addc(b, c);
			new_line(b, depth);
		} else if (c == ':') {
			buf_adds(b, ": ");
		} else if (!strchr(" \t\r\n", c)) {
			buf_addc(b, c);
			in_string = c == '"';
		}
	}
}
