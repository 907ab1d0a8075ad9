#include "base/text.h"

#include <ctype.h>
#include <limits.h>
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
	/* Too long for what it says, half of a surrogate pair, or beyond Unicode. */
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

int text_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

enum { NEAREST_MAX = 40 };	/* longer words are not names */

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

struct text_nearest text_nearest_to(const char *word)
{
	/* A third of the word may be wrong, and one letter of a short one: SIP is not a misspelt SSH. */
	size_t len = strlen(word);
	return (struct text_nearest){ .word = word, .distance = len < 6 || len > NEAREST_MAX ? 2 : 1 + (unsigned)(len / 3) };
}

void text_nearest_see(struct text_nearest *n, const char *candidate)
{
	/* Each letter that one of them has more costs 1: most names are too far away at first sight. */
	size_t a = strlen(n->word), b = strlen(candidate);
	int is_beginning = a > 2 && a < b && strncasecmp(n->word, candidate, a) == 0;	/* "Aud" means Audio */
	if (!is_beginning && (a > b ? a - b : b - a) >= n->distance)
		return;
	unsigned d = is_beginning ? 1 : distance(n->word, candidate);
	if (d < n->distance && d < b) {
		n->distance = d;
		n->best = candidate;
	}
}
