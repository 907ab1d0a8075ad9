/* SPDX-License-Identifier: MIT */
#include "http_request.h"

#include <string.h>
#include <strings.h>

/* Headers that may occur only once in a request: implementations could differ in which of two they use. */
static const char *const single[] = {
	"Host",
	"Content-Length",
	"Content-Type",
	"Authorization",
	"Cookie",
	"Origin",
	"Sec-Fetch-Site",
	"Expect",
	"Upgrade",
	"Sec-WebSocket-Key",
	"If-None-Match",
	"Sec-WebSocket-Version",
	"Sec-WebSocket-Protocol",
};

/* --- characters --- */

static int is_token(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Returns 1 if the character is allowed in a head: visible, blank, or not ASCII. A tab is not, since
 * implementations differ in the meaning of one at the end of a value, and no client sends any. */
static int is_allowed(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

static int is_blank(char c)
{
	return c == ' ';
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- texts --- */

int http_text_is(struct http_text t, const char *word)
{
	return t.at && strlen(word) == t.len && memcmp(t.at, word, t.len) == 0;
}

int http_text_like(struct http_text t, const char *word)
{
	return t.at && strlen(word) == t.len && strncasecmp(t.at, word, t.len) == 0;
}

static struct http_text trimmed(struct http_text t)
{
	while (t.len && is_blank(*t.at))
		t.at++, t.len--;
	while (t.len && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

int http_text_next(struct http_text *list, char separator, struct http_text *ret)
{
	if (!list->at)
		return 0;
	const char *end = list->len ? memchr(list->at, separator, list->len) : NULL;
	*ret = (struct http_text){ list->at, end ? (size_t)(end - list->at) : list->len };
	if (end)
		*list = (struct http_text){ end + 1, list->len - ret->len - 1 };
	else
		list->at = NULL;
	*ret = trimmed(*ret);
	return 1;
}

int http_text_decode(struct http_text t, char *to, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i] == '+' ? ' ' : t.at[i];
		if (c == '%') {
			int high = i + 2 < t.len ? hex(t.at[i + 1]) : -1;
			int low = high >= 0 ? hex(t.at[i + 2]) : -1;
			if (low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f || n + 1 >= size)
			return -1;
		to[n++] = c;
	}
	if (!size)
		return -1;
	to[n] = '\0';
	return 0;
}

struct http_text http_text_parameter(struct http_text query, const char *name)
{
	struct http_text part;
	while (http_text_next(&query, '&', &part)) {
		const char *is = part.len ? memchr(part.at, '=', part.len) : NULL;
		struct http_text key = { part.at, is ? (size_t)(is - part.at) : part.len };
		if (http_text_like(key, name))
			return is ? (struct http_text){ is + 1, part.len - key.len - 1 }
				  : (struct http_text){ part.at + part.len, 0 };
	}
	return (struct http_text){ NULL, 0 };
}

struct http_text http_request_header(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (http_text_like(r->headers[i].name, name))
			return r->headers[i].value;
	return (struct http_text){ NULL, 0 };
}

int http_request_lists(const struct http_request *r, const char *name, const char *word)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		struct http_text list = r->headers[i].value, item;
		if (!http_text_like(r->headers[i].name, name))
			continue;
		while (http_text_next(&list, ',', &item))
			if (http_text_like(item, word))
				return 1;
	}
	return 0;
}

/* --- the head --- */

static enum http_result refuse(struct http_request *r, int status, const char *why)
{
	r->status = status;
	r->why = why;
	return HTTP_REFUSED;
}

/* Finds the end of the head, an empty line, and refuses characters that no line may have. */
static enum http_result find_end(const char *data, size_t len, size_t *searched, struct http_request *r)
{
	size_t max = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	for (size_t i = *searched; i < max; i++) {
		unsigned char c = (unsigned char)data[i];
		if (c == '\n' && (i == 0 || data[i - 1] != '\r'))
			return refuse(r, 400, "a line ends in LF without CR");
		if (c != '\n' && i > 0 && data[i - 1] == '\r')
			return refuse(r, 400, "a CR without LF");
		if (c != '\n' && c != '\r' && !is_allowed(c))
			return refuse(r, 400, "a control character");
		if (c == '\n' && i >= 3 && data[i - 2] == '\n') {
			r->head_len = i + 1;
			return HTTP_READ;
		}
		if (c == '\n' && i == 1)
			return refuse(r, 400, "an empty line in place of a request");
	}
	*searched = max;
	return max == HTTP_HEAD_MAX ? refuse(r, 431, "the head is longer than 16 KiB") : HTTP_INCOMPLETE;
}

/* Removes the next line from the text, which consists of whole lines, and returns it. */
static struct http_text take_line(struct http_text *rest)
{
	const char *end = memchr(rest->at, '\r', rest->len);
	struct http_text line = { rest->at, (size_t)(end - rest->at) };
	rest->at += line.len + 2;
	rest->len -= line.len + 2;
	return line;
}

static enum http_result read_request_line(struct http_text line, struct http_request *r)
{
	static const char version[] = " HTTP/1.1";
	size_t at = 0, end = line.len - (sizeof version - 1);
	while (at < line.len && line.at[at] >= 'A' && line.at[at] <= 'Z')
		at++;
	r->method = (struct http_text){ line.at, at };
	if (at == 0 || at > 16 || at == line.len || line.at[at] != ' ')
		return refuse(r, 400, "the first line does not begin with a method");
	if (line.len < sizeof version + at + 1 || memcmp(line.at + end, version, sizeof version - 1) != 0)
		return refuse(r, line.len > HTTP_TARGET_MAX ? 414 : 505, "the version is not HTTP/1.1");
	r->target = (struct http_text){ line.at + at + 1, end - at - 1 };
	if (r->target.len > HTTP_TARGET_MAX)
		return refuse(r, 414, "the target is too long");
	for (size_t i = 0; i < r->target.len; i++) {
		unsigned char c = (unsigned char)r->target.at[i];
		/* Quotes are allowed, since clients write paths such as [@item="1"] as they are. */
		if (c <= 0x20 || c >= 0x7f || strchr("#<>\\^`{|}", c))
			return refuse(r, 400, "the target has a character that no target may have");
	}
	if (*r->target.at != '/')
		return refuse(r, 400, "the target does not begin with a slash");
	if (!http_text_is(r->method, "GET") && !http_text_is(r->method, "HEAD") &&
	    !http_text_is(r->method, "POST"))
		return refuse(r, 501, "an unknown method: expected GET, HEAD or POST");
	const char *mark = memchr(r->target.at, '?', r->target.len);
	r->path = (struct http_text){ r->target.at, mark ? (size_t)(mark - r->target.at) : r->target.len };
	if (mark)
		r->query = (struct http_text){ mark + 1, r->target.len - r->path.len - 1 };
	return HTTP_READ;
}

static enum http_result read_header(struct http_text line, struct http_request *r)
{
	if (is_blank(*line.at))
		return refuse(r, 400, "a continuation line");
	size_t at = 0;
	while (at < line.len && is_token((unsigned char)line.at[at]))
		at++;
	if (at == 0 || at == line.len || line.at[at] != ':')
		return refuse(r, 400, "a header without a name and a colon directly behind it");
	if (r->n_headers == HTTP_HEADERS_MAX)
		return refuse(r, 431, "more than 64 headers");
	struct http_header h = { { line.at, at },
				 trimmed((struct http_text){ line.at + at + 1, line.len - at - 1 }) };
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (http_text_like(h.name, single[i]) && http_request_header(r, single[i]).at)
			return refuse(r, 400, "a header comes twice that may come once");
	r->headers[r->n_headers++] = h;
	return HTTP_READ;
}

static int is_host(struct http_text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!(is_token((unsigned char)t.at[i]) || strchr("[]:", t.at[i])))
			return 0;
	return t.len > 0 && t.len < 300;
}

static enum http_result read_length(struct http_request *r)
{
	struct http_text t = http_request_header(r, "Content-Length");
	if (!t.at)
		return HTTP_READ;
	r->has_length = 1;
	if (t.len == 0 || (t.len > 1 && *t.at == '0'))
		return refuse(r, 400, "Content-Length is not a number");
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return refuse(r, 400, "Content-Length is not a number");
		r->body_len = 10 * r->body_len + (size_t)(t.at[i] - '0');
		if (r->body_len > HTTP_BODY_MAX)
			return refuse(r, 413, "the body is longer than 4 MiB");
	}
	return HTTP_READ;
}

/* Checks and interprets the headers together. */
static enum http_result check(struct http_request *r)
{
	struct http_text host = http_request_header(r, "Host"), expect = http_request_header(r, "Expect");
	if (!is_host(host))
		return refuse(r, 400, "no Host, or one that cannot be");
	if (http_request_header(r, "Transfer-Encoding").at)
		return refuse(r, 501, "Transfer-Encoding is not supported: expected Content-Length");
	if (read_length(r) == HTTP_REFUSED)
		return HTTP_REFUSED;
	if (r->body_len && !http_text_is(r->method, "POST"))
		return refuse(r, 400, "a body of a request that has none");
	if (r->has_length && http_request_header(r, "Upgrade").at)
		return refuse(r, 400, "a body of a request that changes the protocol");
	if (expect.at && !http_text_like(expect, "100-continue"))
		return refuse(r, 417, "an unknown expectation: only 100-continue is supported");
	r->expects_continue = expect.at && r->body_len;
	/* Proxy-Connection is no header of HTTP/1.1, but some programs interpret it. */
	r->keeps_alive = !http_request_lists(r, "Connection", "close") &&
			 !http_request_lists(r, "Proxy-Connection", "close");
	return HTTP_READ;
}

enum http_result http_request_read(const char *data, size_t len, size_t *searched, struct http_request *ret)
{
	memset(ret, 0, sizeof *ret);
	enum http_result found = find_end(data, len, searched, ret);
	if (found != HTTP_READ)
		return found;
	struct http_text rest = { data, ret->head_len - 2 }; /* without the empty line */
	if (read_request_line(take_line(&rest), ret) == HTTP_REFUSED)
		return HTTP_REFUSED;
	while (rest.len)
		if (read_header(take_line(&rest), ret) == HTTP_REFUSED)
			return HTTP_REFUSED;
	return check(ret);
}
