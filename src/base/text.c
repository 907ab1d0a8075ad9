/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

size_t text_utf8(const char *text, uint32_t *point)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c = s[0];
	size_t n = c == 0 ? 0 : c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (n > 1)
		c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* an overlong encoding, half of a surrogate pair, or beyond Unicode */
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if (point)
		*point = c;
	return n;
}

long text_length(const char *s)
{
	long length = 0;
	for (size_t n; *s; s += n, length++)
		if (!(n = text_utf8(s, NULL)))
			return -1;
	return length;
}

int text_is_utf8(const char *s, size_t len)
{
	size_t n = 1;
	for (size_t i = 0; i < len && n; i += n)
		n = s[i] ? text_utf8(s + i, NULL) : 1;
	return n != 0;
}

int text_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

int text_is_hidden(uint32_t point)
{
	/* Unicode's Default_Ignorable_Code_Point without U+FE00 to FE0F, line and paragraph ends,
	 * bidirectional controls. */
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0xad, 0xad },     { 0x34f, 0x34f },     { 0x61c, 0x61c },     { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};
	if (point < ranges[0].first)
		return text_is_control(point);
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges && point >= ranges[i].first; i++)
		if (point <= ranges[i].last)
			return 1;
	return 0;
}

size_t text_show(const char *s, char ret[TEXT_SHOWN])
{
	uint32_t point = 0;
	size_t n = text_utf8(s, &point);
	if (!n) {
		snprintf(ret, TEXT_SHOWN, "\\x%02x", (unsigned)(unsigned char)*s);
		return 1;
	}
	if (!text_is_hidden(point)) {
		memcpy(ret, s, n);
		ret[n] = '\0';
	} else if (point == '\n' || point == '\r' || point == '\t') {
		snprintf(ret, TEXT_SHOWN, "\\%c", point == '\n' ? 'n' : point == '\r' ? 'r' : 't');
	} else if (point > 0xffff) {
		snprintf(ret, TEXT_SHOWN, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((point - 0x10000) >> 10),
			 0xdc00 + (point & 0x3ff));
	} else {
		snprintf(ret, TEXT_SHOWN, "\\u%04" PRIx32, point);
	}
	return n;
}

/* As text_show, for a character between quotes. */
static size_t show_quoted(const char *s, char ret[TEXT_SHOWN])
{
	if (*s != '"' && *s != '\\')
		return text_show(s, ret);
	ret[0] = '\\';
	ret[1] = *s;
	ret[2] = '\0';
	return 1;
}

void text_escape(const char *s, struct buf *out)
{
	char shown[TEXT_SHOWN];
	while (*s) {
		/* Most text has nothing to escape, so it is appended in long pieces. */
		const char *from = s;
		while (*s >= ' ' && *s < 0x7f && *s != '"' && *s != '\\')
			s++;
		buf_add(out, from, (size_t)(s - from));
		if (!*s)
			break;
		s += show_quoted(s, shown);
		buf_adds(out, shown);
	}
}

void text_quote(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	text_escape(s, out);
	buf_addc(out, '"');
}

char *text_quoted(const char *s, char *ret, size_t size)
{
	char shown[TEXT_SHOWN], *to = ret;
	*to++ = '"';
	while (*s) {
		size_t n = show_quoted(s, shown), len = strlen(shown);
		if (to + len + sizeof "\"..." > ret + size)
			break;
		to = stpcpy(to, shown);
		s += n;
	}
	memcpy(to, "\"...", sizeof "\"...");
	to[1] = *s ? to[1] : '\0';
	return ret;
}

size_t text_address(const char *text, unsigned char ret[16])
{
	if (inet_pton(AF_INET, text, ret) == 1)
		return 4;
	return inet_pton(AF_INET6, text, ret) == 1 ? 16 : 0;
}

enum { NEAREST_MAX = 40 }; /* longer words are not names */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Optimal string alignment: insertions, deletions, replacements and swapped neighbours cost 1 each. */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > NEAREST_MAX || m > NEAREST_MAX)
		return UINT_MAX;
	unsigned rows[3][NEAREST_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		int ca = tolower((unsigned char)a[i - 1]);
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			int cb = tolower((unsigned char)b[j - 1]);
			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		unsigned *free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[m];
}

int text_is_typographic(const char *s)
{
	return strncmp(s, "\xe2\x80", 2) == 0 && ((unsigned char)s[2] & 0xfc) == 0x9c;
}

struct text_nearest text_nearest_to(const char *word)
{
	/* A suggestion may differ in a third of the word, or in one letter of a short one: SIP is not a
	 * misspelt SSH. */
	size_t len = strlen(word);
	return (struct text_nearest){ .word = word,
				      .distance =
					      len < 6 || len > NEAREST_MAX ? 2 : 1 + (unsigned)(len / 3) };
}

void text_nearest_see(struct text_nearest *n, const char *candidate)
{
	/* the distance is at least the difference of the lengths, which quickly excludes most names */
	size_t a = strlen(n->word), b = strlen(candidate);
	int is_beginning = a > 2 && a < b && strncasecmp(n->word, candidate, a) == 0; /* "Aud" means Audio */
	if (!is_beginning && (a > b ? a - b : b - a) >= n->distance)
		return;
	unsigned d = is_beginning ? 1 : distance(n->word, candidate);
	if (d < n->distance && d < b) {
		n->distance = d;
		snprintf(n->best, sizeof n->best, "%s", candidate);
		snprintf(n->hint, sizeof n->hint, "; did you mean %s?", n->best);
	}
}
