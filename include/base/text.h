/* SPDX-License-Identifier: MIT */
/* text: UTF-8, safe printing of text from outside, and the name that a mistyped word resembles most. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Returns the length of the well-formed UTF-8 sequence (RFC 3629) at s, and its code point in *point (which
 * may be NULL); 0 if there is none, or at the end of the text. */
size_t text_utf8(const char *s, uint32_t *point);
/* Returns the number of characters in the text; -1 if it is not UTF-8. */
long text_length(const char *s);
/* Returns 1 if these len bytes, which may include NULs, are UTF-8. A NUL must follow them. */
int text_is_utf8(const char *s, size_t len);
/* Returns 1 for control characters: C0, DEL and C1. */
int text_is_control(uint32_t point);
/* Returns 1 for control characters and for others that are invisible or move other text: marks that change
 * the direction of writing, characters without width, ends of lines and paragraphs; but 0 for accents, and
 * for variant selectors, which emoji have. */
int text_is_hidden(uint32_t point);

/* Text from outside (from a certificate, a server or a publisher) is put into lines for people by the
 * following functions only. They keep visible characters. A hidden character becomes \n, \r, \t or \uXXXX
 * (two of these beyond U+FFFF) as in JSON, and a byte that is not UTF-8 becomes \xNN. So the text can neither
 * control a terminal nor begin a new line. */
/* Writes the first character of s, which must not be empty, in this form to ret. Returns how many bytes of s
 * it takes. */
enum { TEXT_SHOWN = 13 };
size_t text_show(const char *s, char ret[TEXT_SHOWN]);
/* Appends all of s in this form, with a backslash before " and \, for a place between quotes: it cannot end
 * the quotes, and can be converted back to the same bytes. */
void text_escape(const char *s, struct buf *out);
/* The same between quotes. */
void text_quote(const char *s, struct buf *out);
/* The same into ret, for sentences. size must be 20 or more; a text that does not fit is cut, and "..."
 * follows the quotes. Returns ret. */
char *text_quoted(const char *s, char *ret, size_t size);

/* Reads an IPv4 or IPv6 address into ret. Returns its length in bytes, 4 or 16; 0 if text is not an
 * address. */
size_t text_address(const char *text, unsigned char ret[16]);

/* Returns 1 if the text begins with a typographic double quote, one of U+201C to U+201F, which guides print
 * where a plain one is meant. It has TEXT_TYPOGRAPHIC bytes. */
enum { TEXT_TYPOGRAPHIC = 3 };
int text_is_typographic(const char *s);

/* Finds the word most similar to `word` among candidates, by edit distance; differences in case and swapped
 * neighbours count little. */
struct text_nearest {
	const char *word;
	char best[64]; /* "": no candidate is similar enough to be suggested */
	char hint[88]; /* "; did you mean BEST?", or "" */
	unsigned distance;
};
struct text_nearest text_nearest_to(const char *word);
void text_nearest_see(struct text_nearest *n, const char *candidate);

#endif
