/* SPDX-License-Identifier: MIT */
/* Reads back what text_quote has written (base/text.h), by rules of its own. */
#ifndef UNQUOTE_H
#define UNQUOTE_H

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

static inline void unquote_point(uint32_t point, struct buf *out)
{
	if (point < 0x80) {
		buf_addc(out, (char)point);
	} else if (point < 0x800) {
		buf_addc(out, (char)(0xc0 | point >> 6));
		buf_addc(out, (char)(0x80 | (point & 0x3f)));
	} else {
		if (point < 0x10000) {
			buf_addc(out, (char)(0xe0 | point >> 12));
		} else {
			buf_addc(out, (char)(0xf0 | point >> 18));
			buf_addc(out, (char)(0x80 | (point >> 12 & 0x3f)));
		}
		buf_addc(out, (char)(0x80 | (point >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (point & 0x3f)));
	}
}

/* The number of n hexadecimal digits, -1 if they are none. */
static inline long unquote_number(const char *s, int n)
{
	long number = 0;
	for (; n > 0; n--, s++) {
		const char *digits = "0123456789abcdef", *at = *s ? strchr(digits, *s) : NULL;
		if (!at)
			return -1;
		number = number * 16 + (at - digits);
	}
	return number;
}

/* From behind the opening quote. Returns what stands behind the closing one, NULL when it is wrongly
 * quoted. */
static inline const char *unquote(const char *s, struct buf *out)
{
	while (*s != '"') {
		long high, low;
		if (!*s)
			return NULL;
		if (*s != '\\') {
			buf_addc(out, *s++);
			continue;
		}
		switch (*++s) {
		case '"':
		case '\\': buf_addc(out, *s++); break;
		case 'n':
			buf_addc(out, '\n');
			s++;
			break;
		case 'r':
			buf_addc(out, '\r');
			s++;
			break;
		case 't':
			buf_addc(out, '\t');
			s++;
			break;
		case 'x':
			if ((high = unquote_number(s + 1, 2)) < 0)
				return NULL;
			buf_addc(out, (char)high);
			s += 3;
			break;
		case 'u':
			if ((high = unquote_number(s + 1, 4)) < 0)
				return NULL;
			s += 5;
			if (high >= 0xd800 && high < 0xdc00) {
				if (s[0] != '\\' || s[1] != 'u' ||
				    (low = unquote_number(s + 2, 4)) < 0xdc00 || low > 0xdfff)
					return NULL;
				s += 6;
				high = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
			}
			unquote_point((uint32_t)high, out);
			break;
		default: return NULL;
		}
	}
	return s + 1;
}

#endif
