/* SPDX-License-Identifier: MIT */
/* sha256: SHA-256 digests in hexadecimal digits. */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stddef.h>

enum { SHA256_HEX = 65 }; /* with its NUL */

/* Writes the SHA-256 digest of data in lower-case digits, as sha256sum(1) prints it. */
void sha256_hex(const void *data, size_t len, char ret[SHA256_HEX]);

#endif
