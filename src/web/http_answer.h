/* SPDX-License-Identifier: MIT */
/* http_answer: writes the heads of HTTP answers. */
#ifndef WEB_HTTP_ANSWER_H
#define WEB_HTTP_ANSWER_H

#include "base/buf.h"

#include <stddef.h>

struct http_answer { /* all borrowed for the call */
	int status;
	const char *type; /* Content-Type; NULL: there is no body */
	const char *body;
	size_t len;
	const char *headers; /* further lines, each with its CRLF; NULL: none */
	int closes;          /* 1: the connection ends after this answer */
	int has_tag; /* 1: it is a page with an ETag, which a browser may cache but has to revalidate */
	/* 1: the answer has Strict-Transport-Security, so that browsers use only HTTPS for this host */
	int strict_transport;
	int is_head; /* the request was HEAD: the body is not sent */
};

/* Appends the answer, head and body. */
void http_answer_write(const struct http_answer *a, struct buf *out);
enum { HTTP_ANSWER_REFUSAL = 300 };
/* Returns an answer that refuses a request. Its body, which is written to text and borrowed, says why. */
struct http_answer http_answer_refusal(int status, const char *why, char text[HTTP_ANSWER_REFUSAL]);

#endif
