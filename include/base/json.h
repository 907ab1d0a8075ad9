/* SPDX-License-Identifier: MIT */
/* json: text as JSON strings. The one place where they are written. Its names begin with json_write_, since
 * jansson, which reads JSON for pki, has others that begin with json_. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stddef.h>

/* Appends the text for a place between quotes. A byte that is not UTF-8 becomes U+FFFD, and what cannot be
 * seen (text_is_hidden) is escaped. */
void json_write_escaped(const char *text, struct buf *out);
/* Appends the first len bytes of the text, between quotes; NULs among them are escaped, and a NUL must follow
 * somewhere behind them. */
void json_write_string(const char *text, size_t len, struct buf *out);

#endif
