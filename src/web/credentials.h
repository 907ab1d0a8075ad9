/* SPDX-License-Identifier: MIT */
/* credentials: name and password of a request, as HTTP's Basic scheme or a WebSocket's subprotocol has
 * them. */
#ifndef WEB_CREDENTIALS_H
#define WEB_CREDENTIALS_H

#include "http_request.h"

enum { CREDENTIALS_NAME = 256, CREDENTIALS_PASSWORD = 1024 };

struct credentials { /* plain data, secret: wipe it */
	char name[CREDENTIALS_NAME], password[CREDENTIALS_PASSWORD];
};

/* Each returns 1 and fills *ret, or returns 0 and empties it: there are none, or they cannot be understood
 * (the text is not base64, has control characters or no colon, or is too long). What is not UTF-8 is read
 * as ISO 8859-1. */

/* From the value of an Authorization header: "Basic dXNlcjpwYXNz". */
int credentials_from_basic(struct http_text value, struct credentials *ret);
/* From the value of a Sec-WebSocket-Protocol header, a list in which one item is "auth-" and base64 for
 * URLs, without "=". *item is that one, which the answer has to repeat. */
int credentials_from_subprotocol(struct http_text value, struct credentials *ret, struct http_text *item);

void credentials_wipe(struct credentials *c);

#endif
