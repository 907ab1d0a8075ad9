/* SPDX-License-Identifier: MIT */
#include "command/line.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blanks(char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

static void trim_end(char *s)
{
	size_t len = strlen(s);
	while (len && is_blank(s[len - 1]))
		s[--len] = '\0';
}

/* Returns 1 if a value may begin there: a quote opens a string only there. */
static int opens_value(const char *text, const char *at)
{
	return at == text || is_blank(at[-1]) || at[-1] == ':' || at[-1] == '=';
}

/* Returns the closing quote of the string that begins at `at`; NULL if there is none. */
static char *closing_quote(char *at)
{
	for (char *s = at + 1; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '"')
			return s;
	}
	return NULL;
}

/* Returns the typographic quote that ends the value that another one begins at `at`; NULL: there is none. */
static char *typographic_end(char *at)
{
	for (char *s = at + TEXT_TYPOGRAPHIC; *s && *s != '"'; s++)
		if (text_is_typographic(s) && (!s[TEXT_TYPOGRAPHIC] || is_blank(s[TEXT_TYPOGRAPHIC])))
			return s;
	return NULL;
}

/* Makes plain quotes of typographic ones around a value, and blanks of no-break spaces, which come with lines
 * that are copied from a guide or a page. What stands in quotes stays as it is. */
static void straighten(char *text)
{
	char *out = text;
	for (char *s = text; *s;) {
		char *end = !opens_value(text, out)  ? NULL
			    : *s == '"'              ? closing_quote(s)
			    : text_is_typographic(s) ? typographic_end(s)
						     : NULL;
		size_t quote = *s == '"' ? 1 : TEXT_TYPOGRAPHIC;
		if (end) {
			size_t len = (size_t)(end - s) - quote;
			*out++ = '"';
			memmove(out, s + quote, len);
			out += len;
			*out++ = '"';
			s = end + quote;
		} else if (strncmp(s, "\xc2\xa0", 2) == 0) {
			*out++ = ' ';
			s += 2;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

static size_t put_utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Reads four hexadecimal digits at s; returns -1 if there are not four. */
static int32_t hex4(const char *s)
{
	char digits[5] = "";
	unsigned char b[2];
	for (int i = 0; i < 4 && s[i]; i++)
		digits[i] = s[i];
	return strlen(digits) == 4 && !strchr(digits, ':') && num_unhex(digits, b, 2) == 2 ? b[0] << 8 | b[1]
											   : -1;
}

/* Reads a \uXXXX escape, or two of them that are a surrogate pair; s points to the character after the u.
 * Returns the number of characters read; 0 if it is no valid escape. */
static size_t unicode_escape(const char *s, uint32_t *ret)
{
	int32_t high = hex4(s), low;
	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return 0;
	*ret = (uint32_t)high;
	if (high < 0xd800 || high >= 0xe000)
		return 4;
	if (s[4] != '\\' || s[5] != 'u' || (low = hex4(s + 6)) < 0xdc00 || low >= 0xe000)
		return 0;
	*ret = 0x10000 + (((uint32_t)high & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
	return 10;
}

/* Decodes JSON's escapes between the quotes in place; a backslash before any other character is kept. */
static char *unquote(char *open, char *close)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char *out = open;
	for (char *s = open + 1; s < close; s++) {
		const char *known;
		uint32_t c;
		size_t took;
		if (*s != '\\' || !s[1]) {
			*out++ = *s;
		} else if ((known = strchr(from, s[1]))) {
			*out++ = to[known - from];
			s++;
		} else if (s[1] == 'u' && (took = unicode_escape(s + 2, &c))) {
			out += put_utf8(c, out);
			s += 1 + took;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
	return open;
}

static int check_text(const char *text, size_t len, struct err *e)
{
	for (size_t at = 0, n; at < len; at += n) {
		uint32_t point = 0;
		if (text[at] >= ' ' && text[at] < 0x7f) { /* the common case */
			n = 1;
			continue;
		}
		n = text[at] ? text_utf8(text + at, &point) : 0;
		if (!n || (text_is_control(point) && point != '\t'))
			return err_set(e, ERR_INPUT, 0,
				       "column %zu: byte 0x%02x: expected printable UTF-8 text", at + 1,
				       (unsigned char)text[at]);
	}
	return 0;
}

/* Reads resultId="..." at s, the text after the bar, up to the end of the line. Returns 1 and the id in *id;
 * 0 if it is something else. */
static int take_tag(char *s, char **id)
{
	s = skip_blanks(s);
	if (strncasecmp(s, "resultId", 8) != 0)
		return 0;
	s = skip_blanks(s + 8);
	if (*s != '=')
		return 0;
	s = skip_blanks(s + 1);
	char *end = *s == '"' ? closing_quote(s) : s + strcspn(s, " \t");
	if (!end || *skip_blanks(*s == '"' ? end + 1 : end))
		return 0;
	if (*s == '"')
		*id = unquote(s, end);
	else
		*end = '\0', *id = s;
	return 1;
}

/* Removes `| resultId=...` from the end of the line; a bar followed by anything else belongs to the value. */
static int cut_tag(struct line *l, char *text, struct err *e)
{
	for (char *s = text; *s; s++) {
		if (*s == '"' && opens_value(text, s)) {
			char *close = closing_quote(s);
			if (!close)
				return err_set(e, ERR_INPUT, 0, "column %td: the quote is never closed",
					       s - text + 1);
			s = close;
		} else if (*s == '|' && take_tag(s + 1, &l->result_id)) {
			*s = '\0';
			break;
		}
	}
	return 0;
}

static void cut_ask(struct line *l, char *text)
{
	trim_end(text);
	size_t len = strlen(text), marks = 0;
	while (marks < len && marks < 3 && text[len - 1 - marks] == '?')
		marks++;
	if (marks == 0 || marks > 2 || (len > marks && !is_blank(text[len - marks - 1])))
		return;
	l->ask = marks == 1 ? LINE_HELP : LINE_HELP_ALL;
	text[len - marks] = '\0';
	trim_end(text);
}

int line_parse(const char *text, size_t len, struct line *ret, struct err *e)
{
	*ret = (struct line){ .ask = LINE_DO };
	/* One more byte at the front: a verb that is not followed by a blank is moved there, to make room for
	 * its NUL. */
	ret->size = len + 2;
	ret->text = mem_new(ret->size);
	char *s = ret->text + 1;
	memcpy(s, text, len);
	int r = check_text(s, len, e);
	if (r == 0) {
		straighten(s);
		r = cut_tag(ret, s, e);
	}
	if (r < 0) {
		line_done(ret);
		return -1;
	}
	cut_ask(ret, s);
	ret->verb = skip_blanks(s);
	/* if the line begins with a slash, its first word is the path of a program */
	size_t verb = strcspn(ret->verb, *ret->verb == '/' ? " \t" : " \t/");
	s = ret->verb + verb;
	if (*s == '/') { /* xConfiguration//Video: there is no blank to replace by a NUL */
		memmove(ret->verb - 1, ret->verb, verb);
		ret->verb--;
		ret->verb[verb] = '\0';
	} else if (*s) {
		*s++ = '\0';
	}
	ret->rest = skip_blanks(s);
	return 0;
}

void line_done(struct line *l)
{
	if (l->text) {
		explicit_bzero(l->text, l->size);
		free(l->text);
	}
	*l = (struct line){ .ask = LINE_DO };
}

/* Returns the column in the typed line, which does not have the additional byte at the front. */
static size_t column(const struct line *l, const char *s)
{
	return (size_t)(s - l->text);
}

int line_setting(struct line *l, char **path, char **value, struct err *e)
{
	*path = l->rest;
	*value = NULL;
	char *colon = strchr(l->rest, ':');
	if (!colon)
		return 0;
	*colon = '\0';
	trim_end(*path);
	char *s = skip_blanks(colon + 1);
	*value = s;
	if (*s != '"')
		return 0;
	char *close = closing_quote(s);
	if (!close)
		return err_set(e, ERR_INPUT, 0, "column %zu: the quote is never closed", column(l, s));
	if (*skip_blanks(close + 1))
		return err_set(e, ERR_INPUT, 0, "column %zu: expected nothing behind the closing quote",
			       column(l, close) + 1);
	unquote(s, close);
	return 0;
}

/* Splits "Expression[2]" or "Expression.2" into name and index. */
static void cut_index(struct line_word *w)
{
	size_t len = strlen(w->name), open = strcspn(w->name, "[.");
	int64_t index;
	if (open == len || open == 0)
		return;
	if (w->name[open] == '[') {
		if (w->name[len - 1] != ']')
			return;
		w->name[len - 1] = '\0';
	}
	if (num_parse(w->name + open + 1, 1, 9999, &index, NULL) == 0) {
		w->index = (uint32_t)index;
		w->name[open] = '\0';
	} else if (w->name[open] == '[') {
		w->name[len - 1] = ']';
	}
}

/* Reads the value at *s, quoted or up to the next blank, and moves *s past it. */
static int take_value(struct line *l, char **s, struct line_word *w, struct err *e)
{
	char *at = *s, *end;
	w->value = at;
	if (*at == '"') {
		end = closing_quote(at);
		if (!end)
			return err_set(e, ERR_INPUT, 0, "column %zu: the quote is never closed",
				       column(l, at));
		if (end[1] && !is_blank(end[1]))
			return err_set(e, ERR_INPUT, 0,
				       "column %zu: expected a blank behind the closing quote",
				       column(l, end) + 1);
		*s = end[1] ? end + 2 : end + 1;
		unquote(at, end);
		w->quoted = 1;
	} else {
		end = at + strcspn(at, " \t");
		*s = *end ? end + 1 : end;
		*end = '\0';
	}
	return 0;
}

/* Returns 1 if the last of the n words is neither quoted nor a value with a name. */
static int has_bare_word(const struct line_word *words, size_t n)
{
	return n && !words[n - 1].name && !words[n - 1].quoted;
}

int line_words(struct line *l, struct line_word *words, size_t *n, struct err *e)
{
	*n = 0;
	for (char *s = skip_blanks(l->rest); *s; s = skip_blanks(s)) {
		if (*n == LINE_WORDS_MAX)
			return err_set(e, ERR_INPUT, 0, "more than %d words", LINE_WORDS_MAX);
		struct line_word *w = &words[(*n)++];
		*w = (struct line_word){ .column = column(l, s) };
		size_t len = strcspn(s, " \t:");
		if (*s != '"' && s[len] == ':' && strncmp(s + len, "://", 3) != 0) {
			if (len == 0 && has_bare_word(words, *n - 1)) { /* "FeedbackSlot : 1" */
				--*n;
				w = &words[*n - 1];
				w->name = w->value;
			} else if (len == 0) {
				return err_set(e, ERR_INPUT, 0,
					       "column %zu: expected a name before the colon", w->column);
			} else {
				w->name = s;
				s[len] = '\0';
			}
			cut_index(w);
			s = skip_blanks(s + len + 1);
		}
		if (take_value(l, &s, w, e) < 0)
			return -1;
	}
	return 0;
}
