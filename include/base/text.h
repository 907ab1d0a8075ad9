/* SPDX-License-Identifier: MIT */
/* text: UTF-8, how foreign text stands in a line, and which of many names a mistyped word resembles. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed UTF-8 sequence (RFC 3629) at s, its code point in *point (which may be NULL); 0 if
 * there is none, or at the end of the text. */
size_t text_utf8(const char *s, uint32_t *point);
/* Characters in the text, -1 if it is not UTF-8 all through. */
long text_length(const char *s);
/* 1: these len bytes are UTF-8, NULs included; a NUL must follow behind them. */
int text_is_utf8(const char *s, size_t len);
/* C0, DEL and C1. */
int text_is_control(uint32_t point);
/* Those, and what cannot be seen or moves other text about: marks that turn the direction of writing,
 * characters without width, ends of lines and paragraphs. Selectors of a variant, which emoji have, and
 * accents are none of them. */
int text_is_hidden(uint32_t point);

/* Foreign text, which a certificate, a server or a publisher has written, goes into lines for people by these
 * alone. They leave what can be seen; of the rest a character becomes \n, \r, \t or \uXXXX (two of these
 * beyond U+FFFF) as in JSON, and a byte that is not UTF-8 \xNN. So it can neither steer a terminal nor begin
 * a line. */
/* The first character of s, which is not empty, as it is shown, into ret; returns how many bytes of s it
 * is. */
enum { TEXT_SHOWN = 13 };
size_t text_show(const char *s, char ret[TEXT_SHOWN]);
/* All of s, " and \ behind a backslash: it cannot end the quotes that it stands in, and can be read back byte
 * for byte. */
void text_escape(const char *s, struct buf *out);
/* The same between quotes. */
void text_quote(const char *s, struct buf *out);
/* The same as a string of less than size (20 at least) bytes, for sentences: what does not fit is cut, and
 * "..." follows the quotes. Returns ret. */
char *text_quoted(const char *s, char *ret, size_t size);

/* Keeps the nearest of the candidates that it is shown, by edit distance; case and swapped neighbours count
 * little. */
struct text_nearest {
	const char *word, *best; /* best: NULL while none is near enough to suggest */
	unsigned distance;
};
struct text_nearest text_nearest_to(const char *word);
void text_nearest_see(struct text_nearest *n, const char *candidate);

#endif
