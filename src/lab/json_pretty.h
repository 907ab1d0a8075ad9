/* SPDX-License-Identifier: MIT */
/* json_pretty: prints a JSON document on many lines. */
#ifndef LAB_JSON_PRETTY_H
#define LAB_JSON_PRETTY_H

#include "base/buf.h"

#include <stddef.h>

/* Appends the text with line ends and indentation added. Does not check that it is JSON. */
void json_pretty(struct buf *b, const char *text, size_t len);

#endif
