/* SPDX-License-Identifier: MIT */
#include "ctl/ctl_text.h"

#include <string.h>

/* Collects bytes in a buffer of limited size; bytes that do not fit are only counted. */
struct sink {
	char *to;
	size_t size, len;
};

static void put(struct sink *s, char c)
{
	if (s->len < s->size)
		s->to[s->len] = c;
	s->len++;
}

/* --- quoting --- */

size_t ctl_text_quote(const char *value, size_t len, char *to, size_t size)
{
	struct sink s = { .to = to, .size = size ? size - 1 : 0 };
	put(&s, '"');
	for (size_t i = 0; i < len; i++) {
		char c = value[i] == '\n' ? 'n' : value[i] == '\r' ? 'r' : value[i];
		if (c != value[i] || c == '"' || c == '\\')
			put(&s, '\\');
		put(&s, c);
	}
	put(&s, '"');
	if (size)
		to[s.len < s.size ? s.len : s.size] = '\0';
	return s.len;
}

/* --- escapes --- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the number of n hexadecimal digits at s; -1 if they are not. */
static long number(const char *s, const char *end, int n)
{
	long value = 0;
	for (; n > 0 && s < end && digit(*s) >= 0; n--, s++)
		value = value * 16 + digit(*s);
	return n ? -1 : value;
}

static void put_utf8(struct sink *s, unsigned long point)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	put(s, (char)(lead[n] | point >> 6 * (n - 1)));
	while (--n > 0)
		put(s, (char)(0x80 | (point >> 6 * (n - 1) & 0x3f)));
}

/* Reads the part of an escape after \u: four digits, or two escapes of four digits for a character beyond
 * U+FFFF. Returns the position after it; NULL if there are no digits. */
static const char *put_point(struct sink *s, const char *from, const char *end)
{
	long low, high = number(from, end, 4);
	if (high < 0)
		return NULL;
	from += 4;
	if (high >= 0xd800 && high < 0xdc00 && end - from >= 6 && from[0] == '\\' && from[1] == 'u' &&
	    (low = number(from + 2, end, 4)) >= 0xdc00 && low < 0xe000) {
		from += 6;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(s, (unsigned long)high);
	return from;
}

/* Decodes the escape after a backslash, and returns the position after it. A character that is not an escape
 * stands for itself. */
static const char *put_escape(struct sink *s, const char *from, const char *end)
{
	static const char names[] = "nrt", meant[] = "\n\r\t";
	char c = *from++;
	const char *next = c == 'u' ? put_point(s, from, end) : NULL;
	const char *at = c ? strchr(names, c) : NULL;
	if (next)
		return next;
	if (c == 'x' && number(from, end, 2) >= 0) {
		put(s, (char)number(from, end, 2));
		return from + 2;
	}
	put(s, at ? meant[at - names] : c);
	return from;
}

size_t ctl_text_unescape(const char *from, const char *end, char *value, size_t size)
{
	struct sink s = { .to = value, .size = size };
	while (from < end) {
		char c = *from++;
		if (c == '\\' && from < end)
			from = put_escape(&s, from, end);
		else
			put(&s, c);
	}
	if (s.len < size)
		value[s.len] = '\0';
	return s.len;
}

/* --- answers --- */

int ctl_text_next_line(char **at, const char *mark, struct ctl_text_line *ret)
{
	while (**at) {
		char *line = *at, *end = line + strcspn(line, "\n");
		*at = *end ? end + 1 : end;
		char *colon = strncmp(line, mark, strlen(mark)) == 0
				      ? memmem(line, (size_t)(end - line), ": ", 2)
				      : NULL;
		if (!colon)
			continue;
		char *value = colon + 2;
		*colon = '\0';
		if (end - value >= 2 && *value == '"' && end[-1] == '"')
			value++, end--;
		ret->path = line + strlen(mark);
		ret->value = value;
		value[ctl_text_unescape(value, end, value, (size_t)(end - value))] = '\0';
		return 1;
	}
	return 0;
}

/* Adds the value after `mark`, up to its closing quote. */
static void put_value(struct sink *s, const char *answer, const char *mark, const char *before)
{
	const char *at = strstr(answer, mark);
	if (!at)
		return;
	for (; *before; before++)
		put(s, *before);
	for (at += strlen(mark); *at && *at != '"' && *at != '\n'; at++) {
		if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++;
		put(s, *at);
	}
}

void ctl_text_reason(const char *answer, char *to, size_t size)
{
	static const char reason[] = "Reason: \"", description[] = "Description: \"";
	struct sink s = { .to = to, .size = size - 1 };
	put_value(&s, answer, strstr(answer, reason) ? reason : description, "");
	put_value(&s, answer, "XPath: \"", ": ");
	put_value(&s, answer, "Hint: \"", "; ");
	to[s.len < s.size ? s.len : s.size] = '\0';
}
