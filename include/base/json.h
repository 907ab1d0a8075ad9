/* SPDX-License-Identifier: MIT */
/* json: writes text as JSON strings, for all of the code. Names begin with json_write_, since other names
 * with json_ belong to jansson, which pki uses. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Appends the text, escaped, for a place between quotes. A byte that is not UTF-8 becomes U+FFFD, and
 * invisible characters (text_is_hidden) are escaped. */
void json_write_escaped(const char *text, struct buf *out);
/* Appends the first len bytes of the text, between quotes; NULs among them are escaped, and a NUL must follow
 * somewhere behind them. */
void json_write_string(const char *text, size_t len, struct buf *out);
/* Appends `before` ("{", or a comma with what stands around it), then the member: "name": "text". */
void json_write_member(const char *before, const char *name, const char *text, struct buf *out);
/* The same with a number as the value. */
void json_write_number_member(const char *before, const char *name, int64_t number, struct buf *out);
/* The same with a value that is neither: true or false, or the beginning of an array or object. */
void json_write_bare_member(const char *before, const char *name, const char *value, struct buf *out);

#endif
