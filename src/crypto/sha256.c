/* SPDX-License-Identifier: MIT */
#include "crypto/sha256.h"

#include "base/num.h"

#include <openssl/evp.h>
#include <stdlib.h>

void sha256_hex(const void *data, size_t len, char ret[SHA256_HEX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t n;
	if (!EVP_Q_digest(NULL, "SHA256", NULL, data, len, digest, &n))
		abort(); /* without memory, or without SHA-256, OpenSSL cannot be used for anything */
	num_hex(digest, n, ret);
}
