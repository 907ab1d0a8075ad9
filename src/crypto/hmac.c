/* SPDX-License-Identifier: MIT */
#include "crypto/hmac.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "whsec_";
enum { KEY_MIN = 24, KEY_TEXT = (HMAC_KEY_MAX + 2) / 3 * 4 };

int hmac_key_parse(const char *text, struct hmac_key *ret, struct err *e)
{
	const char *from = text + sizeof prefix - 1;
	unsigned char bytes[KEY_TEXT / 4 * 3 + 1];
	size_t len = strlen(text);
	int n = -1;
	if (len > sizeof prefix - 1 && memcmp(text, prefix, sizeof prefix - 1) == 0 &&
	    (len -= sizeof prefix - 1) <= KEY_TEXT)
		n = EVP_DecodeBlock(bytes, (const unsigned char *)from, (int)len);
	if (n > 0 && len % 4 == 0)
		/* EVP_DecodeBlock includes the padding in the length */
		n -= (from[len - 1] == '=') + (from[len - 2] == '=');
	else
		n = -1;
	if (n >= KEY_MIN && n <= HMAC_KEY_MAX) {
		memcpy(ret->bytes, bytes, (size_t)n);
		ret->len = (size_t)n;
	}
	explicit_bzero(bytes, sizeof bytes);
	if (n < KEY_MIN || n > HMAC_KEY_MAX)
		return err_set(e, ERR_INPUT, 0, "expected %s and the base64 of %d to %d bytes", prefix,
			       KEY_MIN, HMAC_KEY_MAX);
	return 0;
}

/* For OpenSSL calls that fail only if there is no memory. */
static void must(int ok)
{
	if (!ok)
		abort();
}

void hmac_sign_webhook(const struct hmac_key *k, const char *id, int64_t timestamp, const void *body,
		       size_t len, char ret[HMAC_SIGNATURE])
{
	char head[160], digest[] = "SHA256";
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t mac_len = 0;
	int n = snprintf(head, sizeof head, "%s.%" PRId64 ".", id, timestamp);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
				OSSL_PARAM_construct_end() };
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *c = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
	must(c && EVP_MAC_init(c, k->bytes, k->len, params) &&
	     EVP_MAC_update(c, (const unsigned char *)head, (size_t)n) && EVP_MAC_update(c, body, len) &&
	     EVP_MAC_final(c, mac, &mac_len, sizeof mac));
	EVP_MAC_CTX_free(c);
	EVP_MAC_free(algorithm);
	unsigned char text[EVP_MAX_MD_SIZE * 2];
	EVP_EncodeBlock(text, mac, (int)mac_len);
	snprintf(ret, HMAC_SIGNATURE, "v1,%s", (const char *)text);
}
