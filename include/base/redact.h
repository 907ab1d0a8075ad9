/* SPDX-License-Identifier: MIT */
/* redact: takes what may be secret out of an address before it is written where others read it. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stddef.h>

/* Copies a text to ret, cut to size. If it is an URL, these become ***: a user name and password before the
 * host; parts of its path of 16 characters or more with a digit in them, such as tokens of webhooks; and what
 * follows each "=" of its query. A fragment is left out. Returns 1 if anything was taken out. */
int redact_url(const char *text, char *ret, size_t size);

#endif
