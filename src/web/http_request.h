/* SPDX-License-Identifier: MIT */
/* http_request: reads the head of an HTTP/1.1 request, strictly. What two readers could understand
 * differently is refused: lines that do not end in CRLF, continuation lines, blanks before a colon, an empty
 * name, control characters, Transfer-Encoding, more than one Host or Content-Length, a second header of a
 * name that decides anything. It uses no sockets and allocates nothing. */
#ifndef WEB_HTTP_REQUEST_H
#define WEB_HTTP_REQUEST_H

#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 16 << 10, /* bytes of a head, with the empty line at its end */
	HTTP_TARGET_MAX = 8 << 10,
	HTTP_HEADERS_MAX = 64,
	HTTP_BODY_MAX = 4 << 20, /* as long as the body of a command in the agent */
};

struct http_text { /* not ended by a NUL; at NULL: there is none */
	const char *at;
	size_t len;
};

struct http_header {
	struct http_text name, value; /* the value without blanks around it */
};

struct http_request {                                 /* points into the bytes that were read */
	struct http_text method, target, path, query; /* target: path and query; query.at NULL: no "?" */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	size_t head_len; /* bytes of the head; the body follows */
	size_t body_len; /* what Content-Length says; 0 without it */
	int has_length;  /* there is a Content-Length */
	int keeps_alive; /* 1: the client does not ask to close the connection */
	int expects_continue;
	int status;      /* of HTTP_REFUSED: status of the answer */
	const char *why; /* of HTTP_REFUSED: a phrase for the log and the answer, static */
};

enum http_result {
	HTTP_INCOMPLETE, /* the head is not complete yet */
	HTTP_READ,       /* *ret is filled */
	HTTP_REFUSED, /* status and why are filled; further bytes on the connection cannot be interpreted */
};

/* Reads the head at the beginning of data. Bytes that cannot be part of a valid head are refused before the
 * head is complete. *searched is the number of bytes that earlier calls for the same head have examined, 0 at
 * first. */
enum http_result http_request_read(const char *data, size_t len, size_t *searched, struct http_request *ret);

/* Returns the value of the header with this name; case does not matter. at is NULL if there is none. If the
 * header occurs several times, the first one counts. */
struct http_text http_request_header(const struct http_request *r, const char *name);
/* Returns 1 if one of the headers with this name has the word in its list, which is separated by commas. */
int http_request_lists(const struct http_request *r, const char *name, const char *word);

/* Returns 1 if the text is this word. http_text_like ignores case. */
int http_text_is(struct http_text t, const char *word);
int http_text_like(struct http_text t, const char *word);
/* Removes the next part of the list, up to `separator`, from *list, and writes it to *ret without surrounding
 * blanks. Returns 0 at the end. */
int http_text_next(struct http_text *list, char separator, struct http_text *ret);

/* Decodes a query's value ("%2FStatus", "+" is a blank) into `to`, of size bytes, with a NUL. Returns -1 if
 * it does not fit, has a % without two hexadecimal digits, or contains a control character. */
int http_text_decode(struct http_text t, char *to, size_t size);
/* Returns the value of the first parameter of this name in a query; at is NULL if there is none. */
struct http_text http_text_parameter(struct http_text query, const char *name);

#endif
