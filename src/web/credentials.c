/* SPDX-License-Identifier: MIT */
#include "credentials.h"

#include "base/text.h"
#include "crypto/base64.h"

#include <string.h>
#include <strings.h>

enum { ENCODED_MAX = 1600 };

void credentials_wipe(struct credentials *c)
{
	explicit_bzero(c, sizeof *c);
}

/* Copies name and password, which are separated by a colon. */
static int split(const char *text, size_t len, struct credentials *ret)
{
	const char *colon = memchr(text, ':', len);
	size_t name = colon ? (size_t)(colon - text) : 0, password = len - name - 1;
	if (!name || name >= sizeof ret->name || password >= sizeof ret->password)
		return 0;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	memcpy(ret->name, text, name);
	memcpy(ret->password, colon + 1, password);
	return 1;
}

/* Converts ISO 8859-1 to UTF-8, for programs that do not send UTF-8 (for example Python's aiohttp). Returns
 * the new length. to has room for twice the text. */
static size_t from_latin1(const unsigned char *text, size_t len, char *to)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= 0x80)
			to[n++] = (char)(0xc0 | text[i] >> 6);
		to[n++] = (char)(text[i] >= 0x80 ? 0x80 | (text[i] & 0x3f) : text[i]);
	}
	to[n] = '\0';
	return n;
}

static int decode(const char *encoded, size_t len, struct credentials *ret)
{
	unsigned char text[ENCODED_MAX + 4];
	struct base64_fault fault;
	long n = base64_read(encoded, len, text, &fault);
	if (n > 0)
		text[n] = '\0';
	char utf8[2 * sizeof text];
	const char *read = (const char *)text;
	if (n > 0 && !text_is_utf8(read, (size_t)n)) {
		n = (long)from_latin1(text, (size_t)n, utf8);
		read = utf8;
	}
	int is_good = n > 0 && split(read, (size_t)n, ret);
	explicit_bzero(text, sizeof text);
	explicit_bzero(utf8, sizeof utf8);
	return is_good;
}

int credentials_from_basic(struct http_text value, struct credentials *ret)
{
	static const char scheme[] = "Basic ";
	memset(ret, 0, sizeof *ret);
	if (!value.at || value.len <= sizeof scheme - 1 || value.len > ENCODED_MAX ||
	    strncasecmp(value.at, scheme, sizeof scheme - 1) != 0)
		return 0;
	return decode(value.at + sizeof scheme - 1, value.len - (sizeof scheme - 1), ret);
}

int credentials_from_subprotocol(struct http_text value, struct credentials *ret, struct http_text *item)
{
	static const char prefix[] = "auth-";
	char encoded[ENCODED_MAX + 4];
	memset(ret, 0, sizeof *ret);
	while (http_text_next(&value, ',', item)) {
		if (item->len < sizeof prefix || item->len > ENCODED_MAX ||
		    memcmp(item->at, prefix, sizeof prefix - 1) != 0)
			continue;
		size_t n = 0;
		for (size_t i = sizeof prefix - 1; i < item->len; i++) {
			char c = item->at[i];
			encoded[n++] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
		}
		while (n % 4)
			encoded[n++] = '=';
		int is_good = decode(encoded, n, ret);
		explicit_bzero(encoded, sizeof encoded);
		return is_good;
	}
	return 0;
}
