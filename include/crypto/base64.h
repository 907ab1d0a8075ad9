/* SPDX-License-Identifier: MIT */
/* base64: strict reading. */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include <stddef.h>

struct base64_fault {
	size_t at;    /* where in the text */
	char why[64]; /* a phrase */
};

/* Into out, which has room for len + 3 bytes; blanks and line ends do not count. The length, or -1 with the
 * fault. */
long base64_read(const char *s, size_t len, unsigned char *out, struct base64_fault *ret);

#endif
