/* SPDX-License-Identifier: MIT */
#include "base/redact.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_MIN = 16 };

static const char mask[] = "***";

/* Appends the query, which begins with "?", with its names and without its values. A part without a name is a
 * value. */
static void add_query(const char *query, struct buf *out)
{
	for (const char *s = query; *s && *s != '#';) {
		size_t len = strcspn(s + 1, "&;#"), name = strcspn(s + 1, "=&;#");
		buf_addc(out, *s++);
		if (name < len)
			buf_addf(out, "%.*s=", (int)name, s);
		if (len)
			buf_adds(out, mask);
		s += len;
	}
}

/* Returns 1 if this segment of a path is likely to be a secret, such as the token in a webhook's URL. Names
 * of things are shorter, or contain no digit. */
static int is_token(const char *segment, size_t len)
{
	return len >= TOKEN_MIN && strcspn(segment, "0123456789") < len;
}

/* Appends the path, and the query after it. */
static void add_path(const char *path, struct buf *out)
{
	const char *end = path + strcspn(path, "?#");
	for (const char *s = path; s < end;) {
		size_t n = strcspn(s, "/?#");
		if (is_token(s, n))
			buf_adds(out, mask);
		else
			buf_add(out, s, n);
		s += n;
		if (s < end)
			buf_addc(out, *s++);
	}
	add_query(end, out);
}

/* Copies the text in out to ret. Returns 1 if it differs from this one. */
static int give(struct buf *out, const char *text, char *ret, size_t size)
{
	int is_changed = strcmp(buf_str(out), text) != 0;
	snprintf(ret, size, "%s", buf_str(out));
	buf_done(out);
	return is_changed;
}

int redact_path(const char *text, char *ret, size_t size)
{
	struct buf out;
	buf_init(&out, strlen(text) * 4 + 16);
	add_path(text, &out);
	return give(&out, text, ret, size);
}

int redact_url(const char *text, char *ret, size_t size)
{
	const char *host = strstr(text, "://");
	struct buf out;
	if (!host) {
		snprintf(ret, size, "%s", text);
		return 0;
	}
	host += 3;
	const char *path = host + strcspn(host, "/?#"), *user = NULL;
	for (const char *s = host; s < path; s++)
		if (*s == '@')
			user = s; /* the last @: a password may contain others */
	buf_init(&out, strlen(text) * 4 + 16);
	buf_add(&out, text, (size_t)(host - text));
	if (user)
		buf_adds(&out, mask);
	buf_add(&out, user ? user : host, (size_t)(path - (user ? user : host)));
	add_path(path, &out);
	return give(&out, text, ret, size);
}

/* Appends the URL of len bytes. */
static void add_url(const char *url, size_t len, struct buf *out)
{
	size_t size = len * 4 + 32;
	char *copy = mem_dup_n(url, len), *shown = mem_new(size);
	redact_url(copy, shown, size);
	buf_adds(out, shown);
	free(shown);
	free(copy);
}

void redact_text(const char *text, struct buf *out)
{
	const char *mark;
	while ((mark = strstr(text, "://"))) {
		const char *begin = mark;
		while (begin > text && isalnum((unsigned char)begin[-1]))
			begin--;
		size_t len = (size_t)(mark - begin) + strcspn(mark, " \t\r\n\"'<>");
		buf_add(out, text, (size_t)(begin - text));
		add_url(begin, len, out);
		text = begin + len;
	}
	buf_adds(out, text);
}
