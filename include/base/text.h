/* text: UTF-8, and which of many names a mistyped word resembles. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed UTF-8 sequence (RFC 3629) at s, its code point in *point (which may be NULL); 0 if there is
 * none, or at the end of the text. */
size_t text_utf8(const char *s, uint32_t *point);
/* Characters in the text, -1 if it is not UTF-8 all through. */
long text_length(const char *s);
/* C0, DEL and C1. */
int text_is_control(uint32_t point);

/* Keeps the nearest of the candidates that it is shown, by edit distance; case and swapped neighbours count little. */
struct text_nearest {
	const char *word, *best;	/* best: NULL while none is near enough to suggest */
	unsigned distance;
};
struct text_nearest text_nearest_to(const char *word);
void text_nearest_see(struct text_nearest *n, const char *candidate);

#endif
