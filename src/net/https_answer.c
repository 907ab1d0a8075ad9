/* SPDX-License-Identifier: MIT */
#include "https_answer.h"

#include "base/num.h"

#include <string.h>
#include <strings.h>

enum { RETRY_AFTER_READ_MAX_S = 366 * 86400 };

void https_answer_init(struct https_answer *a, size_t body_max)
{
	memset(a, 0, sizeof *a);
	buf_init(&a->body, body_max);
}

void https_answer_reset(struct https_answer *a)
{
	buf_reset(&a->body);
	a->header_bytes = 0;
	a->status = 0;
	a->has_all_headers = 0;
	a->content_type[0] = '\0';
	a->retry_after[0] = '\0';
	a->fault = HTTPS_ANSWER_FITS;
}

void https_answer_done(struct https_answer *a)
{
	buf_done(&a->body);
}

/* If the line is this header field, copies its value without surrounding blanks, unless it does not fit. */
static int take_field(const char *line, size_t len, const char *name, char *ret, size_t size)
{
	size_t n = strlen(name);
	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return 0;
	const char *from = line + n + 1, *to = line + len;
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && strchr(" \t\r\n", to[-1]))
		to--;
	size_t value = (size_t)(to - from);
	if (value >= size)
		value = 0;
	memcpy(ret, from, value);
	ret[value] = '\0';
	return 1;
}

/* Returns the status of a status line, which libcurl has checked. */
static int status_of(const char *line, size_t len)
{
	const char *at = memchr(line, ' ', len);
	int status = 0;
	for (size_t i = at ? (size_t)(at - line) + 1 : len; i < len && line[i] >= '0' && line[i] <= '9'; i++)
		status = status < 1000 ? status * 10 + line[i] - '0' : status;
	return status;
}

static size_t takes_header(char *line, size_t size, size_t n, void *arg)
{
	struct https_answer *a = arg;
	size_t len = size * n;
	a->header_bytes += len;
	if (a->header_bytes > HTTPS_ANSWER_HEADERS_MAX) {
		a->fault = HTTPS_ANSWER_HEADERS_TOO_LONG;
		return 0;
	}
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) { /* the next answer, after one with a status of 1xx */
		a->content_type[0] = '\0';
		a->retry_after[0] = '\0';
		a->status = status_of(line, len);
	} else if (line[0] == '\r' || line[0] == '\n') {
		a->has_all_headers |= a->status >= 200;
	} else if (!take_field(line, len, "Content-Type", a->content_type, sizeof a->content_type)) {
		take_field(line, len, "Retry-After", a->retry_after, sizeof a->retry_after);
	}
	return len;
}

/* Returns 1 if the data begins with a frame of HTTP/2. Such a server sends its settings first, or why it
 * closes the connection (RFC 9113, 3.4 and 4.1): length, type, flags, stream 0. */
static int is_http_2(const char *data, size_t len)
{
	enum { SETTINGS = 4, GOAWAY = 7, STREAM = 5, HEAD = 9 };
	return len >= HEAD && data[0] == 0 && (data[3] == SETTINGS || data[3] == GOAWAY) &&
	       memcmp(data + STREAM, "\0\0\0\0", 4) == 0;
}

/* Receives the body. libcurl also passes data without headers, as a body of HTTP/0.9. */
static size_t takes_body(char *data, size_t size, size_t n, void *arg)
{
	struct https_answer *a = arg;
	if (!a->has_all_headers) {
		a->fault = is_http_2(data, size * n) ? HTTPS_ANSWER_IS_HTTP_2 : HTTPS_ANSWER_IS_NOT_HTTP;
		return 0;
	}
	if (buf_add(&a->body, data, size * n) == 0)
		return size * n;
	a->fault = HTTPS_ANSWER_BODY_TOO_LONG;
	return 0;
}

int https_answer_adopt(struct https_answer *a, CURL *easy)
{
	if (curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, takes_header) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_HEADERDATA, a) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, takes_body) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEDATA, a) != CURLE_OK)
		return -1;
	return 0;
}

int64_t https_answer_retry_s(const struct https_answer *a, int64_t now_unix)
{
	int64_t in;
	if (!a->retry_after[0])
		return -1;
	if (strspn(a->retry_after, "0123456789") == strlen(a->retry_after))
		return num_parse(a->retry_after, 0, RETRY_AFTER_READ_MAX_S, &in, NULL) == 0
			       ? in
			       : RETRY_AFTER_READ_MAX_S;
	time_t at = curl_getdate(a->retry_after, NULL);
	if (at == -1 || now_unix == 0)
		return -1;
	in = (int64_t)at - now_unix;
	return in < 0 ? 0 : in < RETRY_AFTER_READ_MAX_S ? in : RETRY_AFTER_READ_MAX_S;
}
