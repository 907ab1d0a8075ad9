/* SPDX-License-Identifier: MIT */
#include "crypto/password.h"

#include "base/num.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum { LOG_N = 14, R = 8, P = 1, SALT = 16, KEY = 32, MEMORY = 64 << 20 };

static const char prefix[] = "$scrypt$ln=14,r=8,p=1$";

/* Computes the hash of password and salt and writes its text to ret. Returns 0 or -1. */
static int derive(const char *password, const unsigned char salt[SALT], char ret[PASSWORD_HASH])
{
	unsigned char key[KEY];
	char salt_text[2 * SALT + 1], key_text[2 * KEY + 1];
	int made = EVP_PBE_scrypt(password, strlen(password), salt, SALT, (uint64_t)1 << LOG_N, R, P, MEMORY,
				  key, KEY);
	num_hex(salt, SALT, salt_text);
	num_hex(key, KEY, key_text);
	snprintf(ret, PASSWORD_HASH, "%s%s$%s", prefix, salt_text, key_text);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(key_text, sizeof key_text);
	return made == 1 ? 0 : -1;
}

int password_hash(const char *password, char ret[PASSWORD_HASH], struct err *e)
{
	unsigned char salt[SALT];
	if (RAND_bytes(salt, SALT) != 1 || derive(password, salt, ret) < 0)
		return err_set(e, ERR_IO, 0,
			       "the password cannot be hashed: OpenSSL gives no random bytes or no memory");
	return 0;
}

int password_is_hash(const char *text)
{
	return strlen(text) == sizeof prefix - 1 + 2 * SALT + 1 + 2 * KEY &&
	       strncmp(text, prefix, sizeof prefix - 1) == 0;
}

int password_matches(const char *password, const char *hash)
{
	unsigned char salt[SALT];
	char again[PASSWORD_HASH], digits[2 * SALT + 1];
	size_t at = sizeof prefix - 1;
	if (!password_is_hash(hash))
		return 0;
	snprintf(digits, sizeof digits, "%s", hash + at);
	if (num_unhex(digits, salt, SALT) != SALT)
		return 0;
	return derive(password, salt, again) == 0 && CRYPTO_memcmp(again, hash, strlen(hash)) == 0;
}

void password_of_nobody(char ret[PASSWORD_HASH])
{
	snprintf(ret, PASSWORD_HASH, "%s%0*d$%0*d", prefix, 2 * SALT, 0, 2 * KEY, 0);
}

int password_key_make(struct password_key *ret, struct err *e)
{
	if (RAND_bytes(ret->bytes, sizeof ret->bytes) == 1)
		return 0;
	return err_set(e, ERR_IO, 0, "OpenSSL gives no random bytes");
}

int password_digest(const struct password_key *k, const struct password_credentials *c,
		    unsigned char ret[PASSWORD_DIGEST])
{
	/* The digest of each text is hashed, so that no two triples give the same bytes. */
	const char *const texts[] = { c->name, c->address, c->password };
	unsigned char inner[PASSWORD_DIGEST], all[3 * PASSWORD_DIGEST];
	int made = 1;
	for (size_t i = 0; i < 3; i++) {
		made &= HMAC(EVP_sha256(), k->bytes, sizeof k->bytes, (const unsigned char *)texts[i],
			     strlen(texts[i]), inner, NULL) != NULL;
		memcpy(all + i * PASSWORD_DIGEST, inner, PASSWORD_DIGEST);
	}
	made &= HMAC(EVP_sha256(), k->bytes, sizeof k->bytes, all, sizeof all, ret, NULL) != NULL;
	OPENSSL_cleanse(inner, sizeof inner);
	OPENSSL_cleanse(all, sizeof all);
	return made ? 0 : -1;
}

int password_digest_equal(const unsigned char a[PASSWORD_DIGEST], const unsigned char b[PASSWORD_DIGEST])
{
	return CRYPTO_memcmp(a, b, PASSWORD_DIGEST) == 0;
}
