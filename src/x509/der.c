/* SPDX-License-Identifier: MIT */
#include "x509/der.h"

enum { BOOLEAN = 1, INTEGER = 2, CONSTRUCTED = 0x20, LONG_TAG = 0x1f, DEPTH_MAX = 32 };

/* Reads tag and length of the first element. Returns their number of bytes; 0 if they are not DER. */
static size_t head_of(const unsigned char *p, size_t len, size_t *ret_len)
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
	*ret_len = n;
	return head;
}

/* Finds the content of the first element. Returns the number of bytes of the whole element; 0 if it is not
 * DER. */
static size_t element(const unsigned char *p, size_t len, const unsigned char **ret, size_t *ret_len)
{
	size_t head = head_of(p, len, ret_len);
	if (!head || *ret_len > len - head)
		return 0;
	*ret = p + head;
	return head + *ret_len;
}

size_t der_whole(const unsigned char *der, size_t len)
{
	size_t content = 0, head = head_of(der, len, &content);
	return head ? head + content : 0;
}

int der_refuse(const unsigned char *der, size_t len, const char *what, struct err *e)
{
	size_t whole = der_whole(der, len);
	if (whole > len)
		return err_set(e, ERR_INPUT, 0, "the %s is cut short: only %zu of its %zu bytes are there",
			       what, len, whole);
	if (whole && whole < len)
		return err_set(e, ERR_INPUT, 0, "after the end of the %s, %zu more byte%s there", what,
			       len - whole, len - whole == 1 ? " is" : "s are");
	return err_set(e, ERR_INPUT, 0, "this is not a %s in DER", what);
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
