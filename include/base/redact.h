/* SPDX-License-Identifier: MIT */
/* redact: removes possible secrets from a URL before it is written where others can read it. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/buf.h"

#include <stddef.h>

/* Copies a text to ret, cut to size. If it is a URL, these parts become ***: a user name and password before
 * the host; parts of its path of 16 characters or more that contain a digit, such as tokens of webhooks; and
 * the text after each "=" of its query. A fragment is left out. Returns 1 if anything was removed. */
int redact_url(const char *text, char *ret, size_t size);
/* The same for the path of a URL alone, with its query. It need not begin with a slash. */
int redact_path(const char *text, char *ret, size_t size);
/* Appends the text, in which each URL is changed as redact_url does. */
void redact_text(const char *text, struct buf *out);

#endif
