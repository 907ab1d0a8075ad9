/* SPDX-License-Identifier: MIT */
#include "json_pretty.h"

#include <string.h>

enum { DEEPEST = 40 };

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
