/* SPDX-License-Identifier: MIT */
#include "sntp_mac.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

size_t sntp_mac(const struct sntp_key *key, const void *data, size_t len, unsigned char out[SNTP_DIGEST_MAX])
{
	const EVP_MD *algorithm = key->algorithm == SNTP_KEY_SHA1 ? EVP_sha1() : EVP_sha256();
	unsigned n = 0;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!c || !EVP_DigestInit_ex(c, algorithm, NULL) || !EVP_DigestUpdate(c, key->secret, key->len) ||
	    !EVP_DigestUpdate(c, data, len) || !EVP_DigestFinal_ex(c, out, &n)) {
		fprintf(stderr, "sntp_mac: OpenSSL has no digest\n");
		abort();
	}
	EVP_MD_CTX_free(c); /* also wipes the digest's state, which depends on the secret */
	return n;
}

int sntp_mac_is_equal(const unsigned char *a, const unsigned char *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
