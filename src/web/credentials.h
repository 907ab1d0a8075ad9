/* SPDX-License-Identifier: MIT */
/* credentials: reads name and password from a request: from HTTP's Basic scheme, or from a WebSocket's
 * subprotocol. */
#ifndef WEB_CREDENTIALS_H
#define WEB_CREDENTIALS_H

#include "http_request.h"

enum { CREDENTIALS_NAME = 256, CREDENTIALS_PASSWORD = 1024 };

struct credentials { /* plain data, secret: to be wiped */
	char name[CREDENTIALS_NAME], password[CREDENTIALS_PASSWORD];
};

/* Each of these returns 1 and fills *ret, or returns 0 and empties it if there are no credentials, or they
 * cannot be read (the text is not base64, has control characters or no colon, or is too long). Text that is
 * not UTF-8 is read as ISO 8859-1. */

/* Reads the value of an Authorization header: "Basic dXNlcjpwYXNz". */
int credentials_from_basic(struct http_text value, struct credentials *ret);
/* Reads the value of a Sec-WebSocket-Protocol header, a list with an item that consists of "auth-" and base64
 * for URLs, without "=". *item is that item, which the answer has to repeat. */
int credentials_from_subprotocol(struct http_text value, struct credentials *ret, struct http_text *item);

void credentials_wipe(struct credentials *c);

#endif
