/* SPDX-License-Identifier: MIT */
/* json_pretty: somebody's JSON document on many lines. */
#ifndef LAB_JSON_PRETTY_H
#define LAB_JSON_PRETTY_H

#include "base/buf.h"

#include <stddef.h>

/* Appends the text with line ends and indentation where JSON has its structure. Nothing is checked. */
void json_pretty(struct buf *b, const char *text, size_t len);

#endif
