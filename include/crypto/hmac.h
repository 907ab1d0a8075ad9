/* SPDX-License-Identifier: MIT */
/* hmac: signs posts according to Standard Webhooks: HMAC-SHA256 over "<id>.<timestamp>.<body>". */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { HMAC_KEY_MAX = 64, HMAC_SIGNATURE = 48 };

struct hmac_key { /* plain data, secret: to be wiped */
	unsigned char bytes[HMAC_KEY_MAX];
	size_t len;
};
/* Reads a key: "whsec_" and the base64 of 24 to 64 bytes. Fails with ERR_INPUT. */
int hmac_key_parse(const char *text, struct hmac_key *ret, struct err *e);
/* Writes the signature "v1,<base64>" to ret. */
void hmac_sign_webhook(const struct hmac_key *k, const char *id, int64_t timestamp, const void *body,
		       size_t len, char ret[HMAC_SIGNATURE]);

#endif
