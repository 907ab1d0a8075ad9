/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/num.h"
#include "base/text.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static int is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static void escape(const char *text, size_t len, struct buf *out)
{
	for (const char *end = text + len; text < end;) {
		/* Most text has nothing to escape, so it is appended in long pieces. */
		const char *from = text;
		while (text < end && is_plain(*text))
			text++;
		buf_add(out, from, (size_t)(text - from));
		if (text == end)
			return;
		if (!*text) {
			buf_adds(out, "\\u0000");
			text++;
			continue;
		}
		char shown[TEXT_SHOWN];
		size_t n = text_show(text, shown);
		if (*text == '"' || *text == '\\')
			buf_addc(out, '\\');
		buf_adds(out, text_utf8(text, NULL) && n <= (size_t)(end - text) ? shown : REPLACEMENT);
		text += n;
	}
}

void json_write_escaped(const char *text, struct buf *out)
{
	escape(text, strlen(text), out);
}

void json_write_string(const char *text, size_t len, struct buf *out)
{
	buf_addc(out, '"');
	escape(text, len, out);
	buf_addc(out, '"');
}

void json_write_bare_member(const char *before, const char *name, const char *value, struct buf *out)
{
	buf_adds(out, before);
	json_write_string(name, strlen(name), out);
	buf_addf(out, ": %s", value);
}

void json_write_member(const char *before, const char *name, const char *text, struct buf *out)
{
	json_write_bare_member(before, name, "", out);
	json_write_string(text, strlen(text), out);
}

void json_write_number_member(const char *before, const char *name, int64_t number, struct buf *out)
{
	char text[NUM_TEXT];
	num_print(number, text);
	json_write_bare_member(before, name, text, out);
}
