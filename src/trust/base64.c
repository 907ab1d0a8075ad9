#include "base64.h"

#include "trust/anchors.h"

/* The value of a base64 letter; 64 for "=", -1 for a blank, -2 for what does not belong. */
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

long base64_read(const char *s, size_t len, unsigned char *out, const char **ret_why)
{
	unsigned long group = 0;
	size_t letters = 0, padding = 0, n = 0;
	for (size_t i = 0; i < len; i++) {
		int v = letter(s[i]);
		if (v == -1)
			continue;
		if (v == -2) {
			*ret_why = "a character is not base64";
			return -1;
		}
		if (v == 64) {
			padding++;
			v = 0;
		} else if (padding) {
			*ret_why = "base64 goes on after its end";
			return -1;
		}
		group = group << 6 | (unsigned long)v;
		if (++letters % 4)
			continue;
		out[n++] = (unsigned char)(group >> 16);
		out[n++] = (unsigned char)(group >> 8);
		out[n++] = (unsigned char)group;
		group = 0;
	}
	if (letters % 4 || padding > 2 || letters == 0) {
		*ret_why = "base64 is cut short";
		return -1;
	}
	return (long)(n - padding);
}

int anchors_unbase64(const char *text, size_t len, struct buf *out)
{
	const char *why;
	unsigned char *to = len > ANCHORS_UPLOAD_MAX ? NULL : buf_room(out, len + 3);
	long n = to ? base64_read(text, len, to, &why) : -1;
	if (n <= 0)
		return -1;
	buf_took(out, (size_t)n);
	return 0;
}
