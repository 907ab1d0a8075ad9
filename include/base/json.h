/* SPDX-License-Identifier: MIT */
/* json: writes JSON, for all components. The functions' names begin with json_write_, since other names with
 * json_ belong to jansson, which some components use. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Appends the text, escaped, for a place between quotes. A byte that is not UTF-8 becomes U+FFFD, and
 * invisible characters (text_is_hidden) are escaped. */
void json_write_escaped(const char *text, struct buf *out);
/* Appends the first len bytes of the text, between quotes. NULs among them are escaped; a NUL must follow
 * them somewhere. */
void json_write_string(const char *text, size_t len, struct buf *out);
/* Appends `before` ("{", or a comma with surrounding blanks), then the member: "name": "text". */
void json_write_member(const char *before, const char *name, const char *text, struct buf *out);
/* As json_write_member, with a number as the value. */
void json_write_number_member(const char *before, const char *name, int64_t number, struct buf *out);
/* As json_write_member, with the text `value` as it is: true or false, or the beginning of an array or
 * object. */
void json_write_bare_member(const char *before, const char *name, const char *value, struct buf *out);

#endif
