/* SPDX-License-Identifier: MIT */
#include "crypto/base64.h"

#include <stdio.h>

/* Returns the value of a base64 letter; 64 for "=", -1 for a blank, -2 for any other character. */
static int letter(char ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	if (ch == '+' || ch == '/')
		return ch == '+' ? 62 : 63;
	if (ch == '=')
		return 64;
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' ? -1 : -2;
}

static long fault_at(struct base64_fault *f, size_t at, const char *why)
{
	f->at = at;
	snprintf(f->why, sizeof f->why, "%s", why);
	return -1;
}

static long strange_character(struct base64_fault *f, size_t at, unsigned char ch)
{
	fault_at(f, at, "");
	if (ch > 0x20 && ch < 0x7f)
		snprintf(f->why, sizeof f->why, "the character %c is not base64", ch);
	else
		snprintf(f->why, sizeof f->why, "the byte 0x%02X is not base64", ch);
	return -1;
}

long base64_read(const char *s, size_t len, unsigned char *out, struct base64_fault *ret)
{
	unsigned long group = 0;
	size_t letters = 0, padding = 0, n = 0, last = 0;
	for (size_t i = 0; i < len; i++) {
		int v = letter(s[i]);
		if (v == -1)
			continue;
		last = i;
		if (v == -2)
			return strange_character(ret, i, (unsigned char)s[i]);
		if (v == 64) {
			padding++;
			v = 0;
		} else if (padding) {
			return fault_at(ret, i, "base64 goes on after its end");
		}
		group = group << 6 | (unsigned long)v;
		if (++letters % 4)
			continue;
		out[n++] = (unsigned char)(group >> 16);
		out[n++] = (unsigned char)(group >> 8);
		out[n++] = (unsigned char)group;
		group = 0;
	}
	if (letters % 4 || padding > 2 || letters == 0)
		return fault_at(ret, last, "base64 is cut short");
	return (long)(n - padding);
}
