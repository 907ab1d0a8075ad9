/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int num_parse(const char *text, int64_t min, int64_t max, int64_t *ret, struct err *e)
{
	const char *digits = text + (*text == '-');
	size_t len = strlen(digits);
	if (len && len <= 19 && strspn(digits, "0123456789") == len) {
		errno = 0;
		long long v = strtoll(text, NULL, 10);
		if (!errno && v >= min && v <= max) {
			*ret = v;
			return 0;
		}
	}
	return err_set(e, ERR_INPUT, 0, "expected a whole number from %" PRId64 " to %" PRId64, min, max);
}

int num_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int num_unhex(const char *text, unsigned char *out, size_t max)
{
	size_t n = 0;
	while (*text) {
		int high = num_nibble(text[0]), low = high < 0 ? -1 : num_nibble(text[1]);
		if (low < 0 || n == max)
			return -1;
		out[n++] = (unsigned char)(high << 4 | low);
		text += 2;
		if (*text == ':' && text[1])
			text++;
	}
	return (int)n;
}

void num_hex(const unsigned char *data, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < len; i++) {
		*out++ = hex[data[i] >> 4];
		*out++ = hex[data[i] & 15];
	}
	*out = '\0';
}

unsigned num_get16(const unsigned char p[2])
{
	return (unsigned)p[0] << 8 | p[1];
}

char *num_print(int64_t n, char *ret)
{
	char digits[NUM_TEXT], *at = digits + sizeof digits;
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--at = '-';
	size_t len = (size_t)(digits + sizeof digits - at);
	memcpy(ret, at, len);
	ret[len] = '\0';
	return ret + len;
}

uint64_t num_hash(uint64_t so_far, const void *data, size_t len)
{
	const unsigned char *p = data;
	for (size_t i = 0; i < len; i++)
		so_far = (so_far ^ p[i]) * UINT64_C(0x100000001b3);
	return so_far;
}
