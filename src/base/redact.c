/* SPDX-License-Identifier: MIT */
#include "base/redact.h"

#include "base/buf.h"

#include <stdio.h>
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

static void add_path(const char *path, size_t len, struct buf *out)
{
	for (const char *s = path, *end = path + len; s < end;) {
		size_t n = strcspn(s + 1, "/");
		n = n < (size_t)(end - s) - 1 ? n : (size_t)(end - s) - 1;
		buf_addc(out, *s++);
		if (is_token(s, n))
			buf_adds(out, mask);
		else
			buf_add(out, s, n);
		s += n;
	}
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
	const char *query = path + strcspn(path, "?#");
	buf_add(&out, user ? user : host, (size_t)(path - (user ? user : host)));
	add_path(path, (size_t)(query - path), &out);
	add_query(query, &out);
	snprintf(ret, size, "%s", buf_str(&out));
	int is_changed = strcmp(buf_str(&out), text) != 0;
	buf_done(&out);
	return is_changed;
}
