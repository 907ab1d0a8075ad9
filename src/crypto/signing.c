/* SPDX-License-Identifier: MIT */
#include "crypto/signing.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

const EVP_MD *signing_digest(const EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);
	if (id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448)
		return NULL;
	return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

int signing_set_serial(X509 *x)
{
	unsigned char bytes[20];
	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return 0;
	/* the first bit is 0 and the second 1, which makes a positive number of full length */
	bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
	return ASN1_STRING_set(X509_get_serialNumber(x), bytes, sizeof bytes);
}

int signing_add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	int good = ext && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

int signing_failed(const char *what, struct err *e)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	err_set(e, ERR_INPUT, 0, "%s cannot be made%s%s%s", what, reason ? " (OpenSSL: " : "",
		reason ? reason : "", reason ? ")" : "");
	ERR_clear_error();
	return -1;
}
