/* SPDX-License-Identifier: MIT */
#include "http_answer.h"

#include <stdio.h>

static const char *phrase_of(int status)
{
	switch (status) {
	case 101: return "Switching Protocols";
	case 200: return "OK";
	case 204: return "No Content";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 417: return "Expectation Failed";
	case 421: return "Misdirected Request";
	case 426: return "Upgrade Required";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	}
	return "Error";
}

/* Tells browsers what they may do with an answer: show it, load more from this device, and nothing else. */
static const char security[] =
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
	"img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
	"frame-ancestors 'none'\r\n";

void http_answer_write(const struct http_answer *a, struct buf *out)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n", a->status, phrase_of(a->status));
	if (a->status == 101) {
		buf_addf(out, "%s\r\n", a->headers ? a->headers : "");
		return;
	}
	if (a->type)
		buf_addf(out, "Content-Type: %s\r\n", a->type);
	if (a->status != 204 && a->status != 304)
		buf_addf(out, "Content-Length: %zu\r\n", a->len);
	buf_adds(out, a->has_tag ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n");
	buf_adds(out, security);
	if (a->strict_transport)
		buf_adds(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (a->headers)
		buf_adds(out, a->headers);
	if (a->closes)
		buf_adds(out, "Connection: close\r\n");
	buf_adds(out, "\r\n");
	if (a->len && !a->is_head && a->status != 204 && a->status != 304)
		buf_add(out, a->body, a->len);
}

struct http_answer http_answer_refusal(int status, const char *why, char text[HTTP_ANSWER_REFUSAL])
{
	int len = snprintf(text, HTTP_ANSWER_REFUSAL, "%d %s: %s\n", status, phrase_of(status), why);
	return (struct http_answer){
		.status = status, .type = "text/plain; charset=utf-8", .body = text, .len = (size_t)len
	};
}
