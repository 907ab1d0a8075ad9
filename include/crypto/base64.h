/* SPDX-License-Identifier: MIT */
/* base64: reads base64 strictly, and reports where it is wrong. */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include <stddef.h>

struct base64_fault {
	size_t at;    /* offset in the text */
	char why[64]; /* a phrase */
};

/* Decodes s into out, which must have room for len + 3 bytes; blanks and line ends are ignored. Returns the
 * decoded length, or -1 with the fault in *ret. */
long base64_read(const char *s, size_t len, unsigned char *out, struct base64_fault *ret);

#endif
