/* SPDX-License-Identifier: MIT */
/* json: what the lab writes of JSON: strings, and somebody's document on many lines. */
#ifndef LAB_JSON_H
#define LAB_JSON_H

#include "base/buf.h"

#include <stddef.h>

int json_is_utf8(const char *text, size_t len);
/* With its quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct buf *b, const char *text, size_t len);
/* Breaks and indents what looks like JSON, as it comes: nothing is checked. */
void json_pretty(struct buf *b, const char *text, size_t len);

#endif
