/* SPDX-License-Identifier: MIT */
#include "x509/der.h"

enum { BOOLEAN = 1, INTEGER = 2, CONSTRUCTED = 0x20, LONG_TAG = 0x1f, DEPTH_MAX = 32 };

/* Finds the content of the first element. Returns the number of bytes of the whole element; 0 if it is not
 * DER. */
static size_t element(const unsigned char *p, size_t len, const unsigned char **ret, size_t *ret_len)
{
	if (len < 2 || (p[0] & LONG_TAG) == LONG_TAG) /* certificates have no tags above 30 */
		return 0;
	size_t head = 2, n = p[1];
	if (p[1] & 0x80) {
		size_t bytes = p[1] & 0x7f;
		if (bytes == 0 || bytes > 4 || len < 2 + bytes || p[2] == 0)
			return 0;
		n = 0;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | p[2 + i];
		if (n < 0x80)
			return 0;
		head += bytes;
	}
	if (n > len - head)
		return 0;
	*ret = p + head;
	*ret_len = n;
	return head + n;
}

static int all(const unsigned char *p, size_t len, int depth)
{
	const unsigned char *inner = p;
	size_t n, inner_len = 0;
	for (; len; p += n, len -= n) {
		n = depth < DEPTH_MAX ? element(p, len, &inner, &inner_len) : 0;
		if (!n)
			return 0;
		if (p[0] & CONSTRUCTED) {
			if (!all(inner, inner_len, depth + 1))
				return 0;
		} else if (p[0] == BOOLEAN) {
			if (inner_len != 1 || (inner[0] != 0 && inner[0] != 0xff))
				return 0;
		} else if (p[0] == INTEGER) {
			if (inner_len == 0 || (inner_len > 1 && ((inner[0] == 0 && !(inner[1] & 0x80)) ||
								 (inner[0] == 0xff && (inner[1] & 0x80)))))
				return 0;
		}
	}
	return 1;
}

int der_is_canonical(const unsigned char *der, size_t len)
{
	const unsigned char *inner = der;
	size_t inner_len = 0;
	return len && element(der, len, &inner, &inner_len) == len && all(inner, inner_len, 0);
}
