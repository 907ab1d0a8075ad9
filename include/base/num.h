/* SPDX-License-Identifier: MIT */
/* num: strict text to number: the whole text, decimal digits only, within bounds. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* *ret = the number; ERR_INPUT "expected a whole number from MIN to MAX" otherwise, *ret untouched. */
int num_parse(const char *text, int64_t min, int64_t max, int64_t *ret, struct err *e);
/* Hexadecimal pairs, optionally separated by colons, to bytes; returns their count, -1 if it is not that
 * or longer than max. */
int num_unhex(const char *text, unsigned char *out, size_t max);
/* Lower-case hex of len bytes into out (2 * len + 1 bytes). */
void num_hex(const unsigned char *data, size_t len, char *out);

/* Decimal text of the number and a NUL into ret (NUM_TEXT bytes); returns where the NUL is. Many times as
 * fast as snprintf. */
enum { NUM_TEXT = 21 };
char *num_print(int64_t n, char *ret);

#endif
