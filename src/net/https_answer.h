/* SPDX-License-Identifier: MIT */
/* https_answer: receives a server's answer, up to a maximum length. */
#ifndef NET_HTTPS_ANSWER_H
#define NET_HTTPS_ANSWER_H

#include "base/buf.h"

#include <curl/curl.h>
#include <stdint.h>

/* bytes of all header lines, including those of 1xx answers and trailers */
enum { HTTPS_ANSWER_HEADERS_MAX = 32 << 10 };

struct https_answer {
	struct buf body;
	size_t header_bytes;
	int status; /* of the last status line; 0: none was received */
	/* 1: the headers of the final answer (not 1xx) are complete, so that its status is valid */
	int has_all_headers;
	char content_type[128];
	char retry_after[64];
	enum {
		HTTPS_ANSWER_FITS,
		HTTPS_ANSWER_HEADERS_TOO_LONG,
		HTTPS_ANSWER_BODY_TOO_LONG,
		HTTPS_ANSWER_IS_HTTP_2, /* the answer begins with a frame of HTTP/2 */
		HTTPS_ANSWER_IS_NOT_HTTP,
	} fault; /* why reading has stopped */
};

void https_answer_init(struct https_answer *a, size_t body_max);
void https_answer_reset(struct https_answer *a);
void https_answer_done(struct https_answer *a);
/* Has libcurl pass the headers and body of this handle's answers to *a. */
int https_answer_adopt(struct https_answer *a, CURL *easy);
/* Returns Retry-After in seconds from now; -1: there was none, or it is a date and the trusted date is not
 * known (now_unix 0). */
int64_t https_answer_retry_s(const struct https_answer *a, int64_t now_unix);

#endif
