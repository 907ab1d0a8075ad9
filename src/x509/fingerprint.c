/* SPDX-License-Identifier: MIT */
#include "x509/fingerprint.h"

#include "base/num.h"
#include "crypto/sha256.h"

#include <openssl/evp.h>
#include <string.h>

void fingerprint_of(const unsigned char *der, size_t len, char ret_sha1[FINGERPRINT_SHA1],
		    char ret_sha256[FINGERPRINT_SHA256])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	ret_sha1[0] = '\0';
	if (EVP_Digest(der, len, digest, &n, EVP_sha1(), NULL) == 1)
		num_hex(digest, n, ret_sha1);
	sha256_hex(der, len, ret_sha256);
}

int fingerprint_is(const char *text, const char *sha1, const char *sha256)
{
	char bare[65];
	size_t n = 0;
	const char *equals = strrchr(text, '='); /* "sha256 Fingerprint=AB:CD...", as openssl prints it */
	text = equals ? equals + 1 : text;
	for (; *text; text++) {
		if (*text == ':' || *text == ' ' || *text == '\r' || *text == '\n')
			continue;
		if (n == sizeof bare - 1)
			return 0;
		bare[n++] = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
	}
	bare[n] = '\0';
	return strcmp(bare, sha1) == 0 || strcmp(bare, sha256) == 0;
}
