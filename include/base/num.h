/* SPDX-License-Identifier: MIT */
/* num: converts text and bytes to numbers and back. Parsing is strict: the whole text must be decimal digits,
 * within the given limits. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Writes the number to *ret. Otherwise fails with ERR_INPUT, "expected a whole number from MIN to MAX", and
 * does not change *ret. */
int num_parse(const char *text, int64_t min, int64_t max, int64_t *ret, struct err *e);
/* Returns the value of a hexadecimal digit; -1 if it is none. */
int num_nibble(char c);
/* Converts pairs of hexadecimal digits, which colons may separate, to bytes. Returns their number; -1 if the
 * text is anything else, or there are more than max. */
int num_unhex(const char *text, unsigned char *out, size_t max);
/* Writes len bytes as lower-case hexadecimal digits to out (2 * len + 1 bytes). */
void num_hex(const unsigned char *data, size_t len, char *out);

/* Returns the number that two bytes are, the higher byte first. */
unsigned num_get16(const unsigned char p[2]);

/* Writes the number as decimal text with a NUL to ret (NUM_TEXT bytes), and returns a pointer to the NUL. It
 * is many times as fast as snprintf. */
enum { NUM_TEXT = 21 };
char *num_print(int64_t n, char *ret);

/* Returns the FNV-1a hash of the bytes, which continues an earlier hash or begins with NUM_HASH. It
 * distinguishes texts and distributes them evenly; it gives no protection against an attacker who looks for
 * equal hashes. */
#define NUM_HASH UINT64_C(0xcbf29ce484222325)
uint64_t num_hash(uint64_t so_far, const void *data, size_t len);

#endif
